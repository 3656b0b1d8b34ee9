import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestCaller } from '../fixtures/caller.ts'
import { type KeywardProcess, startKeyward, temporaryFile } from '../fixtures/keyward-process.ts'
import { writeSeed } from '../fixtures/seed.ts'
import { makeAuthority, makeClientCertificate, makeServerCertificate } from '../fixtures/xks/certificates.ts'
import { firstCredential } from './proxy-caller.ts'
import {
  entry,
  keyIdOf,
  proxyRecords,
  proxySetting,
  proxyUrlOf,
  seed,
  serverOptions,
} from './proxy-server.ts'

// Keyward in both places: a server with an external key store, as AWS has it, whose proxy is a second server.

const [hostName, serviceName] = ['xks.example.test', 'com.amazonaws.vpce.us-east-1.vpce-svc-0a1b2c3d']
const clientName = 'cks.kms.us-east-1.amazonaws.com'

let manager: KeywardProcess
let server: KeywardProcess
let there: TestCaller
let here: TestCaller
let customKeyStoreId = ''

before(async () => {
  const authority = makeAuthority('round trip')
  const { certificate, key } = makeServerCertificate(hostName, authority)
  const client = makeClientCertificate(clientName, authority)
  const ca = temporaryFile('ca.pem', authority.certificate)
  const tls = {
    cert: temporaryFile('cert.pem', certificate),
    key: temporaryFile('key.pem', key),
    clientCa: ca,
    clientName,
  }
  const operations = ['CreateKey', 'Encrypt', 'Decrypt', 'GenerateDataKey', 'ReEncrypt']
  const keys = [
    entry('orders', 1, { operations }),
    entry('bills', 2, { operations: ['CreateKey', 'Encrypt', 'Decrypt'] }),
  ]
  const options = serverOptions(proxySetting(keys, { tls }), ['--seed', writeSeed(seed) ?? ''])
  manager = await startKeyward(options)
  there = new TestCaller(manager)
  const { port } = new URL(proxyUrlOf(manager))
  const setting = {
    ca,
    clientCertificate: temporaryFile('client.pem', client.certificate),
    clientKey: temporaryFile('client-key.pem', client.key),
    vpcEndpointServices: { [serviceName]: `127.0.0.1:${port}` },
  }
  server = await startKeyward({ environment: { KEYWARD_XKS: JSON.stringify(setting) } })
  here = new TestCaller(server)
  customKeyStoreId = await connectStore()
})

after(async () => {
  await Promise.all([server.stop(), manager.stop()])
})

async function connectStore(): Promise<string> {
  const { accessKeyId, secretAccessKey } = firstCredential
  const { CustomKeyStoreId } = await here.sdk.createCustomKeyStore({
    CustomKeyStoreName: 'the second server',
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
    XksProxyUriEndpoint: `https://${hostName}`,
    XksProxyUriPath: '/stores/one/kms/xks/v1',
    XksProxyVpcEndpointServiceName: serviceName,
    XksProxyAuthenticationCredential: { AccessKeyId: accessKeyId, RawSecretAccessKey: secretAccessKey },
  })
  await here.sdk.connectCustomKeyStore({ CustomKeyStoreId })
  for (let look = 0; look < 200; look++) {
    const { CustomKeyStores: [store] = [] } = await here.sdk.describeCustomKeyStores({ CustomKeyStoreId })
    if (store?.ConnectionState === 'CONNECTED') return CustomKeyStoreId ?? ''
    assert.equal(store?.ConnectionState, 'CONNECTING', store?.ConnectionErrorCode ?? '')
    await sleep(50)
  }
  return assert.fail('the store is not connected')
}

async function createKey(XksKeyId: string): Promise<string> {
  const { KeyMetadata } = await here.sdk.createKey({
    ...{ Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: customKeyStoreId, XksKeyId },
  })
  assert.deepEqual(KeyMetadata?.XksKeyConfiguration, { Id: XksKeyId })
  return KeyMetadata?.KeyId ?? assert.fail()
}

test('ciphertexts of the first server need the key of the second, also after its rotation', async () => {
  const KeyId = await createKey('orders')
  const EncryptionContext = { project: 'nile', department: 'marketing' }
  const Plaintext = Buffer.alloc(4096, 'p')
  const sealed = await here.sdk.encrypt({ KeyId, Plaintext, EncryptionContext })
  const dataKey = await here.sdk.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext })
  await there.sdk.rotateKeyOnDemand({ KeyId: keyIdOf(1) })
  for (const { CiphertextBlob, Plaintext: plaintext } of [{ ...sealed, Plaintext }, dataKey]) {
    const opened = await here.sdk.decrypt({ CiphertextBlob, EncryptionContext })
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Buffer.from(plaintext ?? []))
  }
  const { CiphertextBlob } = sealed
  const moved = await here.sdk.reEncrypt({
    ...{ CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: KeyId },
  })
  const opened = await here.sdk.decrypt({ CiphertextBlob: moved.CiphertextBlob })
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext)

  await there.sdk.disableKey({ KeyId: keyIdOf(1) })
  await assert.rejects(here.sdk.decrypt({ CiphertextBlob, EncryptionContext }), {
    name: 'KMSInvalidStateException',
    message: /^The external key associated with this KMS key in an external key store is not enabled/,
  })
  await there.sdk.enableKey({ KeyId: keyIdOf(1) })
  assert.ok((await here.sdk.decrypt({ CiphertextBlob, EncryptionContext })).Plaintext)
})

test('the second server decides what the first may do, and records who asked', async () => {
  const KeyId = await createKey('bills')
  await here.encrypt(KeyId)
  await assert.rejects(here.sdk.generateDataKey({ KeyId, KeySpec: 'AES_256' }), {
    name: 'KMSInvalidStateException',
    message: /^The external key store proxy denied access to the operation\./,
  })
  const { Arn: keyArn } = await here.describe(KeyId)
  const records = proxyRecords(manager)
    .filter(({ requestParameters }) => requestParameters?.externalKeyId === 'bills')
    .map(({ eventName, errorCode, requestParameters }) => {
      const { kmsOperation, kmsKeyArn, awsPrincipalArn } = {
        ...(requestParameters?.requestMetadata as Record<string, string>),
      }
      assert.match(awsPrincipalArn ?? '', /^arn:aws:iam::\d{12}:user\//)
      return [eventName, kmsOperation, kmsKeyArn, errorCode]
    })
  assert.deepEqual(records, [
    ['GetKeyMetadata', 'CreateKey', undefined, undefined],
    ['Encrypt', 'Encrypt', keyArn, undefined],
    ['Encrypt', 'GenerateDataKey', keyArn, 'AccessDeniedException'],
  ])
})

test('without the second server the keys of the first are away, and others are not', async () => {
  const KeyId = await here.sdk.createKey({}).then(({ KeyMetadata }) => KeyMetadata?.KeyId ?? assert.fail())
  const away = await here.sdk.listKeys({}).then(({ Keys = [] }) => Keys.map(({ KeyId: id }) => id ?? ''))
  const external = away.filter(id => id !== KeyId)
  assert.equal(external.length, 2)
  await manager.stop()
  for (const id of external)
    await assert.rejects(here.sdk.encrypt({ KeyId: id, Plaintext: Buffer.of(1) }), {
      name: 'KMSInvalidStateException',
      message:
        /^AWS KMS (?:cannot communicate with|cannot establish a TLS connection to) the external key store proxy/,
    })
  assert.ok((await here.sdk.encrypt({ KeyId, Plaintext: Buffer.of(1) })).CiphertextBlob)
})
