import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { base64, makeKey, TestCaller } from '../../fixtures/caller.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ExternalStores } from '../../fixtures/worlds/external-stores.ts'
import { stubKey } from '../../fixtures/xks/external-keys.ts'

// The records of custom key stores and of keys in them (AWS KMS developer guide, log entries "CreateCustomKeyStore",
// "ConnectCustomKeyStore", "Decrypt with a KMS key in an external key store" and its failure).

const stores = await ExternalStores.start()
after(() => stores.stop())
const server = await testServer({ environment: stores.environment })
const admin = new TestCaller(server)
const CustomKeyStoreId = await stores.make(admin, 'CONNECTED', { CustomKeyStoreName: 'recorded' })
stores.proxy.keys.set('second', stubKey({ id: 'second' }))
const key = await makeKey(admin, { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId: 'stub-key-1' })

const last = (eventName: string) =>
  readAuditRecords(server.dataDirectory).findLast(record => record['eventName'] === eventName) ?? {}
const inStore = { customKeyStoreId: CustomKeyStoreId, xksKeyId: 'stub-key-1' }

test('the records of operations on a store have its name, and nothing of its credential', async () => {
  const input = stores.newStore()
  const answer = await admin.answer('CreateCustomKeyStore', input)
  const created = last('CreateCustomKeyStore')
  assert.deepEqual(created['responseElements'], { customKeyStoreId: answer['CustomKeyStoreId'] })
  assert.deepEqual(created['requestParameters'], {
    customKeyStoreName: input['CustomKeyStoreName'],
    customKeyStoreType: 'EXTERNAL_KEY_STORE',
    xksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
    xksProxyUriEndpoint: input['XksProxyUriEndpoint'],
    xksProxyUriPath: input['XksProxyUriPath'],
    xksProxyVpcEndpointServiceName: input['XksProxyVpcEndpointServiceName'],
    xksProxyAuthenticationCredential: {},
  })
  assert.deepEqual([created['readOnly'], created['resources']], [false, undefined])
  const store = { CustomKeyStoreId: answer['CustomKeyStoreId'] }
  const { XksProxyAuthenticationCredential } = input
  const calls: [string, object][] = [
    ['UpdateCustomKeyStore', { ...store, XksProxyAuthenticationCredential }],
    ['ConnectCustomKeyStore', store],
    ['DisconnectCustomKeyStore', store],
    ['DeleteCustomKeyStore', store],
  ]
  for (const [name, more] of calls) {
    await admin.answer(name, more)
    const { additionalEventData, requestParameters, responseElements, readOnly } = last(name)
    const about = { customKeyStoreName: input['CustomKeyStoreName'] }
    assert.deepEqual([additionalEventData, responseElements, readOnly], [about, null, false])
    const { customKeyStoreId } = requestParameters as { customKeyStoreId: string }
    assert.equal(customKeyStoreId, answer['CustomKeyStoreId'])
    if (name === 'DisconnectCustomKeyStore')
      await stores.becomes(admin, String(answer['CustomKeyStoreId']), 'DISCONNECTED')
  }
  const log = JSON.stringify(readAuditRecords(server.dataDirectory))
  const { accessKeyId, secretAccessKey } = stores.proxy.credential
  assert.ok(!log.includes(accessKeyId) && !log.includes(secretAccessKey))
})

test('a list is read, and a failed change has the name too', async () => {
  await admin.answer('DescribeCustomKeyStores', { CustomKeyStoreId })
  const { readOnly, requestParameters, responseElements } = last('DescribeCustomKeyStores')
  const shown = { customKeyStoreId: CustomKeyStoreId }
  assert.deepEqual([readOnly, requestParameters, responseElements], [true, shown, null])
  const code = 'CustomKeyStoreInvalidStateException'
  await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId }, code)
  const failed = last('DeleteCustomKeyStore')
  assert.equal(failed['errorCode'], code)
  assert.deepEqual(failed['additionalEventData'], { customKeyStoreName: 'recorded' })
})

test('CreateKey shows the store and the key outside in its parameters and its answer', () => {
  const { requestParameters, responseElements, resources } = last('CreateKey')
  assert.deepEqual(requestParameters, {
    ...inStore,
    origin: 'EXTERNAL_KEY_STORE',
    description: '',
    keyUsage: 'ENCRYPT_DECRYPT',
    keySpec: 'SYMMETRIC_DEFAULT',
    customerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    bypassPolicyLockoutSafetyCheck: false,
  })
  const { keyMetadata } = responseElements as { keyMetadata: Record<string, unknown> }
  assert.equal(keyMetadata['customKeyStoreId'], CustomKeyStoreId)
  assert.deepEqual(keyMetadata['xksKeyConfiguration'], { id: 'stub-key-1' })
  assert.equal(keyMetadata['currentKeyMaterialId'], undefined)
  assert.deepEqual(resources, [{ accountId: '000000000000', type: 'AWS::KMS::Key', ARN: key.arn }])
})

test('cryptographic operations have the store and the key outside, and no key material', async () => {
  const ciphertext = await admin.encrypt(key.id)
  await admin.answer('Decrypt', { CiphertextBlob: ciphertext })
  for (const name of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'])
    await admin.answer(name, { KeyId: key.id, KeySpec: 'AES_256' })
  for (const name of ['Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'])
    assert.deepEqual(last(name)['additionalEventData'], inStore, name)
  const plain = await makeKey(admin)
  await admin.answer('ReEncrypt', { CiphertextBlob: ciphertext, DestinationKeyId: plain.id })
  const { destinationKeyMaterialId, ...source } = last('ReEncrypt')['additionalEventData'] as Record<
    string,
    string
  >
  assert.equal(destinationKeyMaterialId?.length, 64)
  assert.deepEqual(source, { sourceCustomKeyStoreId: CustomKeyStoreId, sourceXksKeyId: 'stub-key-1' })
})

test('a failure of the proxy is recorded with them, and the proxy gets the id of the request', async () => {
  const ciphertext = await admin.encrypt(key.id)
  stores.proxy.respondWith({ errorName: 'InvalidCiphertextException' }, { operation: 'decrypt' })
  await admin.isRefused('Decrypt', { CiphertextBlob: ciphertext }, 'KMSInvalidStateException')
  const { additionalEventData, errorCode, errorMessage, requestID } = last('Decrypt')
  assert.deepEqual([additionalEventData, errorCode], [inStore, 'KMSInvalidStateException'])
  assert.match(String(errorMessage), /^The external key store proxy rejected the request because/)
  const { requestMetadata } = stores.proxy.requests.findLast(({ operation }) => operation === 'decrypt') ?? {}
  assert.equal(requestMetadata?.['kmsRequestId'], requestID)
})

test('a denial reveals neither the store nor the key outside', async () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' }
  const { Policy = '' } = await admin.sdk.getKeyPolicy({ KeyId: key.id })
  const policy = JSON.parse(Policy) as { Statement: object[] }
  const denying = JSON.stringify({ ...policy, Statement: [...policy.Statement, deny] })
  await admin.answersNothing('PutKeyPolicy', { KeyId: key.id, Policy: denying })
  await admin.isRefused('Encrypt', { KeyId: key.id, Plaintext: base64('x') }, 'AccessDeniedException')
  const record = last('Encrypt')
  assert.deepEqual([record['errorCode'], record['additionalEventData']], ['AccessDenied', undefined])
  await admin.answersNothing('PutKeyPolicy', { KeyId: key.id, Policy })
})
