import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { TestCaller } from '../fixtures/caller.ts'
import type { RawAnswer } from '../fixtures/clients.ts'
import { testServer } from '../fixtures/test-server.ts'
import { type CallOptions, callProxy, firstCredential, metadata, secondCredential } from './proxy-caller.ts'
import {
  accountId,
  entry,
  keyIdOf,
  proxyRecords,
  proxySetting,
  proxyUrlOf,
  seed,
  serverOptions,
} from './proxy-server.ts'

// Keyward as the external key manager of AWS KMS (XKS proxy API specification 1.0.3).

const alice = 'arn:aws:iam::123456789012:user/Alice'
const keys = [
  entry('orders', 1),
  entry('narrow', 2, {
    principals: [alice, 'arn:aws:iam::123456789012:role/App-*'],
    kmsKeys: [metadata.kmsKeyArn],
    operations: ['CreateKey', 'Encrypt', 'Decrypt'],
    sourceVpces: ['vpce-1'],
  }),
  entry('encrypt-only', 3, { operations: ['Encrypt', 'CreateKey'] }),
  entry('decrypt-only', 4, { operations: ['Decrypt'] }),
  entry('disabled', 5),
  entry('pending', 6),
  entry('rotated', 7),
  entry('rsa', 20),
  entry('hmac', 21),
  entry('missing', 99),
]
const server = await testServer({ seed, ...serverOptions(proxySetting(keys)) })
const url = proxyUrlOf(server)
const kms = new TestCaller(server)

const plaintext = Buffer.from('Hello World!').toString('base64')
const additionalAuthenticatedData = Buffer.from('project=nile,department=marketing').toString('base64')
const encryption = {
  ...{ requestMetadata: metadata, additionalAuthenticatedData, plaintext, encryptionAlgorithm: 'AES_GCM' },
}
const decryption = (sealed: RawAnswer, change: object = {}) => {
  const { ciphertext, ciphertextMetadata, initializationVector, authenticationTag } = sealed.json
  return {
    ...{ requestMetadata: { ...metadata, kmsOperation: 'Decrypt' }, additionalAuthenticatedData },
    ...{
      encryptionAlgorithm: 'AES_GCM',
      ciphertext,
      ciphertextMetadata,
      initializationVector,
      authenticationTag,
    },
    ...change,
  }
}

const encrypt = (key: string, change: object = {}, options: CallOptions = {}) =>
  callProxy(url, `/keys/${key}/encrypt`, { ...encryption, ...change }, options)
const decrypt = (key: string, sealed: RawAnswer, change: object = {}) =>
  callProxy(url, `/keys/${key}/decrypt`, decryption(sealed, change))
const describeKey = (key: string, change: object = {}) =>
  callProxy(url, `/keys/${key}/metadata`, {
    requestMetadata: { ...metadata, kmsOperation: 'CreateKey', ...change },
  })

async function isRefused(answer: Promise<RawAnswer>, status: number, errorName: string): Promise<void> {
  const { status: given, json, text } = await answer
  assert.deepEqual([given, json['errorName']], [status, errorName], text)
  // Printable ASCII, and shorter than 512 characters.
  assert.match(String(json['errorMessage']), /^[\x20-\x7e]{1,511}$/)
}

test('a key encrypts and decrypts, with and without additional authenticated data', async () => {
  for (const change of [{}, { additionalAuthenticatedData: undefined }]) {
    const sealed = await encrypt('orders', change)
    assert.equal(sealed.status, 200, sealed.text)
    const sizes = ['ciphertext', 'initializationVector', 'authenticationTag', 'ciphertextMetadata'].map(
      name => Buffer.from(String(sealed.json[name]), 'base64').length,
    )
    assert.deepEqual(sizes, [12, 12, 16, 20])
    assert.equal(sealed.json['ciphertextDataIntegrityValue'], undefined)
    const opened = await decrypt('orders', sealed, change)
    assert.deepEqual([opened.status, opened.json], [200, { plaintext }])
    await isRefused(
      decrypt('orders', sealed, { additionalAuthenticatedData: plaintext }),
      400,
      'InvalidCiphertextException',
    )
    await isRefused(decrypt('rotated', sealed, change), 400, 'InvalidCiphertextException')
  }
})

test('the integrity value is that of the specification’s appendix C', async () => {
  const sealed = await encrypt('orders', { ciphertextDataIntegrityValueAlgorithm: 'SHA_256' })
  const hash = createHash('sha256').update('project=nile,department=marketing')
  for (const name of ['ciphertextMetadata', 'initializationVector', 'ciphertext', 'authenticationTag'])
    hash.update(Buffer.from(String(sealed.json[name]), 'base64'))
  assert.equal(sealed.json['ciphertextDataIntegrityValue'], hash.digest('base64'))
})

test('the largest plaintext and additional authenticated data are taken, and larger ones are not', async () => {
  const [largest, aad] = [Buffer.alloc(4300, 7).toString('base64'), Buffer.alloc(8192, 8).toString('base64')]
  const change = { plaintext: largest, additionalAuthenticatedData: aad }
  const long = { ...metadata, awsPrincipalArn: `arn:aws:iam::123456789012:user/${'a'.repeat(2017)}` }
  assert.equal(long.awsPrincipalArn.length, 2048)
  const sealed = await encrypt('orders', { ...change, requestMetadata: long })
  const opened = await decrypt('orders', sealed, { additionalAuthenticatedData: aad })
  assert.deepEqual(opened.json, { plaintext: largest })
  for (const larger of [
    { plaintext: Buffer.alloc(4301).toString('base64') },
    { additionalAuthenticatedData: Buffer.alloc(8193).toString('base64') },
  ])
    await isRefused(encrypt('orders', larger), 501, 'UnsupportedOperationException')
  await isRefused(encrypt('orders', { plaintext: 'a'.repeat(70_000) }), 400, 'ValidationException')
})

test('a rotated key opens its old ciphertexts', async () => {
  const before = await encrypt('rotated')
  await kms.answer('RotateKeyOnDemand', { KeyId: keyIdOf(7) })
  const after = await encrypt('rotated')
  assert.notEqual(
    String(before.json['ciphertextMetadata']).slice(0, 8),
    String(after.json['ciphertextMetadata']).slice(0, 8),
  )
  for (const sealed of [before, after])
    assert.deepEqual((await decrypt('rotated', sealed)).json, { plaintext })
})

test('the metadata of a key says its type, its usage and whether it is enabled', async () => {
  await kms.answersNothing('DisableKey', { KeyId: keyIdOf(5) })
  await kms.answer('ScheduleKeyDeletion', { KeyId: keyIdOf(6) })
  const aes = { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' }
  for (const [key, expected] of [
    ['orders', aes],
    ['encrypt-only', { ...aes, keyUsage: ['ENCRYPT'] }],
    ['disabled', { ...aes, keyStatus: 'DISABLED' }],
    ['pending', { ...aes, keyStatus: 'DISABLED' }],
    ['rsa', { keySpec: 'RSA_2048', keyUsage: [], keyStatus: 'ENABLED' }],
  ] as const)
    assert.deepEqual((await describeKey(key)).json, expected, key)
  // The key does not exist yet when AWS KMS asks.
  assert.deepEqual((await describeKey('orders', { kmsKeyArn: undefined })).json, aes)
})

test('a key that cannot be used has the error of its reason', async () => {
  for (const key of ['disabled', 'pending']) await isRefused(encrypt(key), 400, 'InvalidStateException')
  for (const key of ['rsa', 'hmac']) await isRefused(encrypt(key), 400, 'InvalidKeyUsageException')
  for (const key of ['missing', 'unlisted', keyIdOf(1)])
    await isRefused(encrypt(key), 404, 'KeyNotFoundException')
  const sealed = await encrypt('encrypt-only')
  assert.equal(sealed.status, 200)
  await isRefused(decrypt('encrypt-only', sealed), 400, 'InvalidKeyUsageException')
  const withValue = { ciphertextDataIntegrityValueAlgorithm: 'SHA_256' }
  await isRefused(encrypt('encrypt-only', withValue), 400, 'InvalidKeyUsageException')
  await isRefused(encrypt('decrypt-only'), 400, 'InvalidKeyUsageException')
  await kms.answersNothing('EnableKey', { KeyId: keyIdOf(5) })
  assert.equal((await encrypt('disabled')).status, 200)
})

test('only the listed callers may use a key, for the listed keys and operations', async () => {
  const allowed = { ...metadata, awsSourceVpce: 'vpce-1' }
  assert.equal((await encrypt('narrow', { requestMetadata: allowed })).status, 200)
  const app = { awsPrincipalArn: 'arn:aws:iam::123456789012:role/App-7' }
  assert.equal((await encrypt('narrow', { requestMetadata: { ...allowed, ...app } })).status, 200)
  for (const change of [
    { awsPrincipalArn: 'arn:aws:iam::123456789012:user/Bob' },
    { awsPrincipalArn: 'ec2.amazonaws.com' },
    { kmsKeyArn: `${metadata.kmsKeyArn}0` },
    { kmsOperation: 'GenerateDataKey' },
    { kmsOperation: 'BulkEncrypt' },
    { awsSourceVpce: 'vpce-2' },
    { awsSourceVpce: undefined },
  ])
    await isRefused(
      encrypt('narrow', { requestMetadata: { ...allowed, ...change } }),
      403,
      'AccessDeniedException',
    )
  // Unknown operations and members are no fault of a request.
  const unknown = { ...metadata, kmsOperation: 'BulkEncrypt', awsSourceIdentity: 'x' }
  assert.equal((await encrypt('orders', { requestMetadata: unknown, extra: [1] })).status, 200)
})

test('a request that does not fit the API is refused', async () => {
  const without = (name: string) => ({ requestMetadata: { ...metadata, [name]: undefined } })
  for (const change of [
    ...['awsPrincipalArn', 'kmsKeyArn', 'kmsOperation', 'kmsRequestId'].map(without),
    { requestMetadata: undefined },
    { requestMetadata: { ...metadata, awsPrincipalArn: 'a'.repeat(2049) } },
    { requestMetadata: { ...metadata, awsPrincipalArn: 7 } },
    { plaintext: undefined },
    { plaintext: 'not Base64' },
    { plaintext: 'SGVsbG8gV29ybGQ' },
    { encryptionAlgorithm: undefined },
    { encryptionAlgorithm: 'AES_CBC' },
    { ciphertextDataIntegrityValueAlgorithm: 'MD5' },
  ])
    await isRefused(encrypt('orders', change), 400, 'ValidationException')
  for (const body of ['', '{', '[]', 'null', '{"requestMetadata":{}}', '\u00ff{}'])
    await isRefused(callProxy(url, '/keys/orders/encrypt', body), 400, 'ValidationException')
})

test('a path that is not of the API is refused, and so is GET', async () => {
  const origin = new URL(url).origin
  for (const path of ['', '/', '/keys', '/keys/orders', '/keys/orders/sign', '/health/x', '/healthy'])
    await isRefused(callProxy(url, path, encryption), 404, 'InvalidUriPathException')
  await isRefused(callProxy(`${origin}/stores/two/kms/xks/v1`, '/health', {}), 404, 'InvalidUriPathException')
  await isRefused(callProxy(url, `/keys/${'a'.repeat(129)}/encrypt`, {}), 404, 'InvalidUriPathException')
  for (const path of ['/health', '/keys/orders/encrypt', '/keys/unlisted/metadata']) {
    const answer = await callProxy(url, path, '', { method: 'GET' })
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'])
  }
  assert.equal((await fetch(`${origin}/readyz`)).status, 200)
})

test('a request must have a signature of a credential', async () => {
  const minutes = (count: number) => new Date(Date.now() + count * 60_000)
  const isUnauthenticated = (options: CallOptions) =>
    isRefused(encrypt('orders', {}, options), 401, 'AuthenticationFailedException')
  for (const options of [
    { credentials: secondCredential },
    { region: 'eu-central-1' },
    { signedAt: minutes(-4.9) },
    { signedAt: minutes(4.9) },
  ])
    assert.equal((await encrypt('orders', {}, options)).status, 200)
  for (const options of [
    { credentials: { ...firstCredential, secretAccessKey: secondCredential.secretAccessKey } },
    { credentials: { ...firstCredential, accessKeyId: 'CKIAI2SFODNN7EXAMPLE' } },
    { service: 'kms' },
    { region: 'a"b' },
    { signedAt: minutes(-5.2) },
    { signedAt: minutes(5.2) },
    { sent: JSON.stringify({ ...encryption, plaintext: '' }) },
  ] satisfies CallOptions[])
    await isUnauthenticated(options)
  const changed = (change: CallOptions['change']) => isUnauthenticated(change === undefined ? {} : { change })
  await changed(({ authorization: _none, ...rest }) => rest)
  await changed(headers => ({ ...headers, authorization: 'AWS4-HMAC-SHA256 Credential=x' }))
  await changed(({ 'x-amz-date': _none, ...rest }) => rest)
  for (const unsigned of ['host', 'x-amz-date']) await isUnauthenticated({ unsigned })
})

test('every call has a record with the metadata of AWS KMS, and no record has a secret', async () => {
  const before = proxyRecords(server).length
  const { headers } = await encrypt('orders')
  await encrypt('narrow')
  await callProxy(url, '/health', { requestMetadata: { kmsOperation: 'KmsHealthCheck', kmsRequestId: 'r' } })
  await encrypt('orders', {}, { credentials: { ...firstCredential, secretAccessKey: 'x'.repeat(43) } })
  const [done, denied, health, unproved, ...others] = proxyRecords(server).slice(before)
  assert.deepEqual(others, [])
  const about = (externalKeyId: string) => ({ externalKeyId, requestMetadata: metadata })
  assert.partialDeepStrictEqual(done, {
    eventName: 'Encrypt',
    awsRegion: 'us-east-1',
    recipientAccountId: accountId,
    userIdentity: { type: 'AWSService', invokedBy: 'kms.amazonaws.com' },
    requestID: headers.get('x-amzn-requestid'),
    requestParameters: about('orders'),
    additionalEventData: { accessKeyId: firstCredential.accessKeyId, kmsRegion: 'us-east-2' },
    resources: [{ accountId, ARN: `arn:aws:kms:us-east-1:${accountId}:key/${keyIdOf(1)}` }],
  })
  assert.match(done?.additionalEventData?.['keyMaterialId'] ?? '', /^[0-9a-f]{64}$/)
  assert.partialDeepStrictEqual(denied, {
    errorCode: 'AccessDeniedException',
    requestParameters: about('narrow'),
    keyward: { reason: 'the call names nothing that sourceVpces could match' },
  })
  assert.partialDeepStrictEqual(health, {
    eventName: 'GetHealthStatus',
    requestParameters: { requestMetadata: { kmsOperation: 'KmsHealthCheck', kmsRequestId: 'r' } },
  })
  assert.partialDeepStrictEqual(unproved, {
    errorCode: 'AuthenticationFailedException',
    userIdentity: { type: 'Unknown' },
    requestParameters: null,
  })
  assert.equal(unproved?.recipientAccountId, undefined)
  const text = JSON.stringify(proxyRecords(server)) + server.stderr()
  for (const secret of [plaintext, 'Hello World!', firstCredential.secretAccessKey])
    assert.ok(!text.includes(secret), secret)
})

test('a use through the proxy is the last usage of the key', async () => {
  const { headers } = await decrypt('disabled', await encrypt('disabled'))
  const usage = await kms.answer('GetKeyLastUsage', { KeyId: keyIdOf(5) })
  assert.partialDeepStrictEqual(usage, {
    KeyLastUsage: { Operation: 'Decrypt', KmsRequestId: headers.get('x-amzn-requestid') },
  })
})

test('the health names the server and says whether its keys can be used', async () => {
  const body = { requestMetadata: { kmsOperation: 'CreateCustomKeyStore', kmsRequestId: 'r' } }
  const { status, json } = await callProxy(url, '/health', body)
  assert.equal(status, 200)
  const model = String(json['xksProxyModel'])
  assert.match(model, /^Keyward \d+\.\d+\.\d+/)
  // Some keys are missing or of a wrong kind.
  assert.deepEqual(json, {
    ...{ xksProxyFleetSize: 1, xksProxyVendor: 'Keyward', xksProxyModel: model, ekmVendor: 'Keyward' },
    ekmFleetDetails: [{ id: 'keyward', model, healthStatus: 'DEGRADED' }],
  })
  await isRefused(callProxy(url, '/health', {}), 400, 'ValidationException')
  const unsigned = { change: ({ authorization: _none, ...rest }: Record<string, string>) => rest }
  await isRefused(callProxy(url, '/health', body, unsigned), 401, 'AuthenticationFailedException')
  assert.match(server.stderr(), /"externalKeyIds":\["rsa","hmac","missing"\]/)
})
