import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFile } from '../../../test/fixtures/keyward-process.ts'
import { OperatorError } from '../../std/index.ts'
import { toConfig } from './config.ts'
import { gatherSettings } from './settings.ts'
import { readXksProxySettings } from './xks-proxy-settings.ts'

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const secret = 'FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE'
const credential = { accessKeyId: 'AKIAI2SFODNN7EXAMPLE', secretAccessKey: secret }
const key = { externalKeyId: 'orders', keyId, principals: ['*'], kmsKeys: ['*'], operations: ['*'] }
const whole = { port: 0, uriPathPrefix: '/a', credentials: [credential], keys: [key] }
const loopback = { host: '127.0.0.1', region: 'eu-west-1' }
const read = (setting: object, server = loopback) => readXksProxySettings(JSON.stringify(setting), server)

test('keys and credentials are read as they are written', () => {
  assert.equal(readXksProxySettings(undefined, loopback), undefined)
  assert.deepEqual(read(whole), {
    ...{ file: undefined, host: '127.0.0.1', port: 0, tls: undefined, uriPath: '/a/kms/xks/v1' },
    credentials: [{ accessKeyId: credential.accessKeyId, secret: { text: secret } }],
    keys: [{ ...key, accountId: undefined, region: 'eu-west-1', sourceVpces: undefined }],
  })
  const arn = `arn:aws:kms:us-east-1:111122223333:key/${keyId}`
  const served = read({ ...whole, keys: [{ ...key, keyId: arn, sourceVpces: ['vpce-1'] }] })?.keys[0]
  assert.deepEqual(
    [served?.keyId, served?.accountId, served?.region, served?.sourceVpces],
    [keyId, '111122223333', 'us-east-1', ['vpce-1']],
  )
  const { uriPathPrefix: _prefix, ...rest } = whole
  assert.equal(read(rest)?.uriPath, '/kms/xks/v1')
})

test('operations of AWS KMS are listed by name, and newer ones with a pattern', () => {
  // The operations that the sections of the specification name, and patterns.
  const operations = [
    'CreateKey',
    'DescribeKey',
    'Decrypt',
    'ReEncrypt',
    'Encrypt',
    'Generate*',
    'Bulk*',
    '*',
  ]
  assert.deepEqual(read({ ...whole, keys: [{ ...key, operations }] })?.keys[0]?.operations, operations)
  for (const name of ['encrypt', 'GenerateDatakey', 'ReEncryptFrom', 'KmsHealthCheck', 'Sign'])
    assert.throws(
      () => read({ ...whole, keys: [{ ...key, operations: ['Encrypt', name] }] }),
      /operations\[2\] must be one of CreateKey, Desc/,
      name,
    )
})

test('the configuration file has it as xksProxy, and ids of digits stay texts', () => {
  const text = `xksProxy:
  port: 8443
  credentials:
    - { accessKeyId: 22222222222222222222, secretFile: /run/secret }
  keys:
    - { externalKeyId: 007, keyId: ${keyId}, principals: ["*"], kmsKeys: ["*"], operations: ["*"] }
`
  const config = toConfig(gatherSettings({ config: temporaryFile('keyward.yaml', text) }, {}))
  assert.equal(config.xksProxy?.credentials[0]?.accessKeyId, '22222222222222222222')
  assert.deepEqual(config.xksProxy?.credentials[0]?.secret, { path: '/run/secret' })
  assert.equal(config.xksProxy?.keys[0]?.externalKeyId, '007')
})

test('plain HTTP is for loopback addresses only', () => {
  const open = { ...loopback, host: '0.0.0.0' }
  assert.throws(() => read(whole, open), /has no tls, and plain HTTP is for loopback addresses only/)
  assert.equal(read({ ...whole, host: '::1' }, open)?.host, '::1')
  const tls = { cert: '/c.pem', key: '/k.pem' }
  assert.deepEqual(read({ ...whole, tls }, open)?.tls, {
    certificatePaths: { certificate: '/c.pem', key: '/k.pem' },
    ...{ clientCa: undefined, clientName: undefined },
  })
})

test('settings that do not fit are refused, and no message has a secret', () => {
  const withKey = (change: object) => ({ ...whole, keys: [{ ...key, ...change }] })
  const without = (object: object, name: string) => ({ ...object, [name]: undefined })
  const withClientCa = (text: string) => ({
    ...whole,
    tls: { cert: '/c', key: '/k', clientCa: temporaryFile('ca.pem', text) },
  })
  const withCredential = (change: object) => ({ ...whole, credentials: [{ ...credential, ...change }] })
  for (const [setting, says] of [
    [without(whole, 'port'), /has no port/],
    [{ ...whole, port: 70_000 }, /port must be a number/],
    [{ ...whole, uriPathPrefix: '/a/' }, /uriPathPrefix must begin with \//],
    [{ ...whole, uriPathPrefix: 'a' }, /uriPathPrefix must begin with \//],
    [{ ...whole, uriPathPrefix: `/${'a'.repeat(117)}` }, /at most 117 characters/],
    [{ ...whole, other: 1 }, /other is not a setting here/],
    [{ ...whole, tls: { cert: '/c' } }, /has no key/],
    [{ ...whole, tls: { cert: '/c', key: '/k', clientName: 'x' } }, /clientName needs clientCa/],
    [{ ...whole, tls: { cert: '/c', key: '/k', clientCa: '/none' } }, /clientCa cannot be read/],
    [withClientCa(''), /clientCa has no certificate in PEM/],
    [
      withClientCa('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
      /clientCa has no certificate in PEM/,
    ],
    [
      withClientCa('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      /clientCa has a certificate that cannot be read, number 1/,
    ],
    [without(whole, 'credentials'), /has no credentials/],
    [{ ...whole, credentials: [] }, /credentials is empty/],
    [{ ...whole, credentials: [credential, credential] }, /accessKeyId .* twice/],
    [withCredential({ accessKeyId: 'AKIA1' }), /accessKeyId must have 20 to 30/],
    [withCredential({ secretAccessKey: secret.slice(1) }), /secretAccessKey must have 43 to 64/],
    [withCredential({ secretAccessKey: `${secret}!` }), /secretAccessKey must have 43 to 64/],
    [withCredential({ secretFile: '/f' }), /has both secretAccessKey and secretFile/],
    [{ ...whole, credentials: [without(credential, 'secretAccessKey')] }, /has no secretAccessKey or/],
    [{ ...whole, keys: [] }, /keys is empty/],
    [{ ...whole, keys: [key, { ...key, externalKeyId: 'b' }] }, /has the keyId .* twice/],
    [{ ...whole, keys: [key, key] }, /has the externalKeyId orders twice/],
    [withKey({ externalKeyId: 'a/b' }), /externalKeyId must have 1 to 128/],
    [withKey({ externalKeyId: '..' }), /externalKeyId must have 1 to 128/],
    [withKey({ keyId: 'alias/orders' }), /keyId must be a key id/],
    [withKey({ keyId: `arn:aws:kms:us-east-1:111122223333:alias/${keyId}` }), /keyId must be a key id/],
    [withKey({ keyId: `arn:aws:s3:us-east-1:111122223333:key/${keyId}` }), /keyId must be a key id/],
    [withKey({ principals: [] }), /principals is empty/],
    [withKey({ principals: undefined }), /has no principals/],
    [withKey({ kmsKeys: undefined }), /has no kmsKeys/],
    [withKey({ operations: undefined }), /has no operations/],
    [withKey({ operations: [' '] }), /operations\[1\] is empty/],
    [withKey({ principals: ['x'.repeat(2049)] }), /more than 2048 characters/],
    [withKey({ sourceVpces: [] }), /sourceVpces is empty/],
  ] as const)
    assert.throws(
      () => read(setting),
      (error: Error) =>
        error instanceof OperatorError &&
        says.test(error.message) &&
        !error.message.includes(secret.slice(1, -1)),
      String(says),
    )
})
