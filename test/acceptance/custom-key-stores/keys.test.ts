import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { base64, makeKey, policyOf, TestCaller } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'
import { ExternalStores } from '../../fixtures/worlds/external-stores.ts'
import { stubKey } from '../../fixtures/xks/external-keys.ts'
import { sendAnswer } from '../../fixtures/xks/stub-proxy.ts'
import type { Exchange } from '../../fixtures/xks/stub-types.ts'

// KMS keys in external key stores (AWS KMS developer guide, "Create a KMS key in external key stores", and "Key states").

const stores = await ExternalStores.start()
after(() => stores.stop())
const server = await testServer({
  regions: ['us-east-1', 'us-west-2'],
  hasTestClock: true,
  environment: stores.environment,
})
const admin = new TestCaller(server)
const CustomKeyStoreId = await stores.make(admin, 'CONNECTED')
let count = 0

/** A good CreateKey with a key outside that no other key works with. */
function outside(more: object = {}) {
  const XksKeyId = `key-${count++}`
  stores.proxy.keys.set(XksKeyId, stubKey({ id: XksKeyId }))
  return { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId, XksKeyId, ...more } as const
}

const countKeys = async () => (await admin.sdk.listKeys({ Limit: 1000 })).Keys?.length
const notConnected =
  'This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.'

/** Runs a test with a store of its own, which can be disconnected. */
async function withStore(
  work: (id: string, disconnect: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const id = await stores.make(admin, 'CONNECTED')
  await work(id, async () => {
    await admin.answer('DisconnectCustomKeyStore', { CustomKeyStoreId: id })
    await stores.becomes(admin, id, 'DISCONNECTED')
  })
}

test('a key shows its store and its key outside, and no key material', async () => {
  const input = outside({ Description: 'orders' })
  const { KeyMetadata } = await admin.sdk.createKey(input)
  const { CreationDate: _, KeyId, ...metadata } = KeyMetadata ?? {}
  assert.deepEqual(metadata, {
    AWSAccountId: '000000000000',
    Arn: `arn:aws:kms:us-east-1:000000000000:key/${KeyId}`,
    CustomKeyStoreId,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    Description: 'orders',
    Enabled: true,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'EXTERNAL_KEY_STORE',
    XksKeyConfiguration: { Id: input.XksKeyId },
  })
  assert.deepEqual(await admin.describe(KeyId ?? ''), KeyMetadata)
})

test('each cryptographic operation works with both keys, and names no key material', async () => {
  const { id: KeyId, arn } = await makeKey(admin, outside())
  const { id: other } = await makeKey(admin)
  const EncryptionContext = { purpose: 'test' }
  const Plaintext = Buffer.from('a message')
  const { CiphertextBlob, ...encrypted } = await admin.sdk.encrypt({ KeyId, Plaintext, EncryptionContext })
  assert.deepEqual([encrypted.KeyId, encrypted.EncryptionAlgorithm], [arn, 'SYMMETRIC_DEFAULT'])
  const decrypted = await admin.sdk.decrypt({ CiphertextBlob, EncryptionContext })
  assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), Plaintext)
  assert.deepEqual([decrypted.KeyId, decrypted.KeyMaterialId], [arn, undefined])
  const dataKey = await admin.sdk.generateDataKey({ KeyId, KeySpec: 'AES_256' })
  const opened = await admin.sdk.decrypt({ CiphertextBlob: dataKey.CiphertextBlob })
  assert.deepEqual([opened.Plaintext, dataKey.KeyMaterialId], [dataKey.Plaintext, undefined])
  const sealed = await admin.sdk.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 24 })
  const { Plaintext: bytes } = await admin.sdk.decrypt({ CiphertextBlob: sealed.CiphertextBlob })
  assert.deepEqual([bytes?.length, sealed.KeyMaterialId], [24, undefined])
  const moved = await admin.sdk.reEncrypt({
    ...{ CiphertextBlob, DestinationKeyId: other },
    SourceEncryptionContext: EncryptionContext,
  })
  assert.deepEqual([moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId?.length], [undefined, 64])
  const back = await admin.sdk.reEncrypt({ CiphertextBlob: moved.CiphertextBlob, DestinationKeyId: KeyId })
  assert.deepEqual([back.SourceKeyMaterialId?.length, back.DestinationKeyMaterialId], [64, undefined])
  const again = await admin.sdk.decrypt({ CiphertextBlob: back.CiphertextBlob })
  assert.deepEqual(Buffer.from(again.Plaintext ?? []), Plaintext)
  assert.deepEqual(
    stores.proxy.faults.filter(fault => !fault.includes('Host is')),
    [],
  )
})

test('a dry run never reaches the key outside', async () => {
  const [outer, plain] = [await makeKey(admin, outside()), await makeKey(admin)]
  const [ciphertext, other] = [await admin.encrypt(outer.id), await admin.encrypt(plain.id)]
  const asked = stores.proxy.requests.length
  const KeyId = outer.id
  const calls: [string, object][] = [
    ['Encrypt', { KeyId, Plaintext: base64('x') }],
    ['Decrypt', { CiphertextBlob: ciphertext }],
    ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
    ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
    ['ReEncrypt', { CiphertextBlob: ciphertext, DestinationKeyId: plain.id }],
    ['ReEncrypt', { CiphertextBlob: other, DestinationKeyId: KeyId }],
  ]
  for (const [name, input] of calls)
    await admin.isRefused(name, { ...input, DryRun: true }, 'DryRunOperationException')
  const cut = base64(Buffer.from(ciphertext, 'base64').subarray(0, 100))
  const broken = { CiphertextBlob: cut, DryRun: true }
  await admin.isRefused('Decrypt', broken, 'InvalidCiphertextException')
  assert.equal(stores.proxy.requests.length, asked)
})

test('CreateKey refuses what does not belong together, and makes no key', async () => {
  const before = await countKeys()
  const good = outside()
  const invalid = [
    { CustomKeyStoreId: undefined },
    { XksKeyId: undefined },
    { Origin: undefined },
    { Origin: 'EXTERNAL' },
    { Origin: 'AWS_KMS', XksKeyId: undefined },
    { Origin: 'AWS_KMS', CustomKeyStoreId: undefined },
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  ]
  for (const more of invalid) await admin.isRefused('CreateKey', { ...good, ...more }, 'ValidationException')
  await admin.isRefused('CreateKey', { ...good, MultiRegion: true }, 'UnsupportedOperationException')
  const unknown = { ...good, CustomKeyStoreId: 'cks-0' }
  await admin.isRefused('CreateKey', unknown, 'CustomKeyStoreNotFoundException')
  const disconnected = { ...good, CustomKeyStoreId: await stores.make(admin) }
  await admin.isRefused('CreateKey', disconnected, 'CustomKeyStoreInvalidStateException')
  assert.equal(await countKeys(), before)
})

test('the key outside must exist, be AES-256, encrypt and decrypt, and be enabled', async () => {
  const before = await countKeys()
  const missing = outside({ XksKeyId: 'no-such-key' })
  await admin.isRefused('CreateKey', missing, 'XksKeyNotFoundException')
  for (const unfit of [
    { spec: 'RSA_2048' },
    { usage: ['ENCRYPT'] },
    { usage: ['DECRYPT'] },
    { status: 'DISABLED' },
  ]) {
    stores.proxy.keys.set('unfit', stubKey({ id: 'unfit', ...unfit }))
    const input = outside({ XksKeyId: 'unfit' })
    await admin.isRefused('CreateKey', input, 'XksKeyInvalidConfigurationException')
  }
  // The exceptions of CreateKey (XKS proxy API specification, "Error codes").
  const answers = [
    ['AccessDeniedException', 'KMSInvalidStateException'],
    ['AuthenticationFailedException', 'CustomKeyStoreInvalidStateException'],
    ['InvalidUriPathException', 'CustomKeyStoreInvalidStateException'],
    ['ThrottlingException', 'CustomKeyStoreInvalidStateException'],
    ['UnsupportedOperationException', 'XksKeyInvalidConfigurationException'],
  ] as const
  for (const [errorName, code] of answers) {
    const input = outside()
    stores.proxy.respondWith({ errorName }, { operation: 'metadata' })
    await admin.isRefused('CreateKey', input, code)
  }
  assert.equal(await countKeys(), before)
})

test('a key outside works with one key of the store, also if two are made at once', async () => {
  const input = outside()
  stores.proxy.respondWith({ delayMillis: 60 }, { operation: 'metadata', times: 3 })
  const answers = await Promise.all([1, 2, 3].map(() => admin.call('CreateKey', input)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400])
  for (const { json, status } of answers)
    if (status === 400) assert.equal(json['__type'], 'XksKeyAlreadyInUseException')
  await withStore(async id => {
    await makeKey(admin, { ...input, CustomKeyStoreId: id })
  })
})

test('a slow proxy does not hold up a write', async () => {
  const input = outside()
  // The proxy answers when a different key is made. If that key had to wait, the proxy would answer too late.
  const made = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const deliver = async (exchange: Exchange) => {
    asked.resolve()
    await made.promise
    sendAnswer(exchange, exchange.answer)
  }
  stores.proxy.respondWith({ deliver }, { operation: 'metadata' })
  const slow = admin.call('CreateKey', input)
  await asked.promise
  await makeKey(admin)
  made.resolve()
  assert.equal((await slow).status, 200)
})

test('keys are Unavailable while their store is not connected, and as before afterwards', () =>
  withStore(async (id, disconnect) => {
    const enabled = await makeKey(admin, outside({ CustomKeyStoreId: id }))
    const disabled = await makeKey(admin, outside({ CustomKeyStoreId: id }))
    await admin.sdk.disableKey({ KeyId: disabled.id })
    const ciphertext = await admin.encrypt(enabled.id)
    await disconnect()
    const { KeyState, Enabled } = await admin.describe(enabled.id)
    assert.deepEqual([KeyState, Enabled], ['Unavailable', false])
    const { id: KeyId } = enabled
    const calls: [string, object][] = [
      ['Encrypt', { KeyId, Plaintext: base64('x') }],
      ['Decrypt', { CiphertextBlob: ciphertext }],
      ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
      ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
      ['ReEncrypt', { CiphertextBlob: ciphertext, DestinationKeyId: KeyId }],
    ]
    for (const [name, input] of calls)
      await admin.isRefused(name, input, 'KMSInvalidStateException', notConnected)
    const create = outside({ CustomKeyStoreId: id })
    await admin.isRefused('CreateKey', create, 'CustomKeyStoreInvalidStateException')
    // Everything about the key that needs no key outside still works, and a change of the state counts later.
    await admin.answersNothing('UpdateKeyDescription', { KeyId, Description: 'away' })
    await admin.answersNothing('DisableKey', { KeyId })
    await admin.answersNothing('EnableKey', { KeyId: disabled.id })
    assert.equal((await admin.describe(disabled.id)).KeyState, 'Unavailable')
    await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId: id })
    await stores.becomes(admin, id, 'CONNECTED')
    assert.equal((await admin.describe(KeyId)).KeyState, 'Disabled')
    assert.equal((await admin.describe(disabled.id)).KeyState, 'Enabled')
    await admin.answersNothing('EnableKey', { KeyId })
    await admin.answer('Decrypt', { CiphertextBlob: ciphertext })
  }))

test('operations that keys in a custom key store cannot have are refused in each state', () =>
  withStore(async (id, disconnect) => {
    const { id: KeyId, arn } = await makeKey(admin, outside({ CustomKeyStoreId: id }))
    const text = `${arn} origin is EXTERNAL_KEY_STORE which is not valid for this operation.`
    const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
    const imported = { ImportToken: 'AAEC', EncryptedKeyMaterial: 'AAEC' }
    const refusals: [string, object, string | RegExp | undefined][] = [
      ['GenerateDataKeyPair', { KeyPairSpec: 'ECC_NIST_P256' }, text],
      ['GenerateDataKeyPairWithoutPlaintext', { KeyPairSpec: 'ECC_NIST_P256' }, text],
      ['EnableKeyRotation', {}, text],
      ['DisableKeyRotation', {}, text],
      ['GetKeyRotationStatus', {}, text],
      ['ListKeyRotations', {}, text],
      ['RotateKeyOnDemand', {}, text],
      ['GetParametersForImport', wrapping, text],
      ['ImportKeyMaterial', imported, text],
      ['DeleteImportedKeyMaterial', {}, text],
      ['ReplicateKey', { ReplicaRegion: 'us-west-2' }, /is not a multi-region primary key/],
      ['UpdatePrimaryRegion', { PrimaryRegion: 'us-west-2' }, /is not a multi-region primary key/],
      ['GetPublicKey', {}, undefined],
    ]
    const refuseAll = async () => {
      for (const [name, more, said] of refusals)
        await admin.isRefused(name, { KeyId, ...more }, 'UnsupportedOperationException', said)
    }
    await refuseAll()
    const random = { NumberOfBytes: 16, CustomKeyStoreId: id }
    await admin.isRefused('GenerateRandom', random, 'UnsupportedOperationException')
    await disconnect()
    await refuseAll()
    await admin.isRefused('GenerateRandom', random, 'UnsupportedOperationException')
    const unknown = { ...random, CustomKeyStoreId: 'cks-0' }
    await admin.isRefused('GenerateRandom', unknown, 'CustomKeyStoreNotFoundException')
  }))

test('a key is deleted while its store is away, and the store stays until the key is gone', () =>
  withStore(async (id, disconnect) => {
    const { id: KeyId } = await makeKey(admin, outside({ CustomKeyStoreId: id }))
    await disconnect()
    await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId: id }, 'CustomKeyStoreHasCMKsException')
    const { KeyState } = await admin.sdk.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    assert.equal(KeyState, 'PendingDeletion')
    await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId: id }, 'CustomKeyStoreHasCMKsException')
    await admin.answer('CancelKeyDeletion', { KeyId })
    assert.equal((await admin.describe(KeyId)).KeyState, 'Disabled')
    await admin.sdk.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await advance(server, 8 * daySeconds)
    await admin.isRefused('DescribeKey', { KeyId }, 'NotFoundException')
    assert.deepEqual(await admin.answer('DeleteCustomKeyStore', { CustomKeyStoreId: id }), {})
  }))

test('policies see the origin of a key', async () => {
  const { id: KeyId } = await makeKey(admin, outside())
  const { Policy = '' } = await admin.sdk.getKeyPolicy({ KeyId })
  const { Statement } = JSON.parse(Policy) as { Statement: object[] }
  const denied = (origin: string) =>
    policyOf(...Statement, {
      ...{ Effect: 'Deny', Principal: '*', Action: 'kms:Encrypt', Resource: '*' },
      Condition: { StringEquals: { 'kms:KeyOrigin': origin } },
    })
  await admin.answersNothing('PutKeyPolicy', { KeyId, Policy: denied('AWS_KMS') })
  await admin.encrypt(KeyId)
  await admin.answersNothing('PutKeyPolicy', { KeyId, Policy: denied('EXTERNAL_KEY_STORE') })
  await admin.isRefused('Encrypt', { KeyId, Plaintext: base64('x') }, 'AccessDeniedException')
})

test('the proxy that fails gives KMSInvalidStateException, and a bad ciphertext too', async () => {
  const { id: KeyId } = await makeKey(admin, outside())
  const CiphertextBlob = await admin.encrypt(KeyId)
  stores.proxy.respondWith({ errorName: 'InvalidCiphertextException' }, { operation: 'decrypt' })
  const bad = /^The external key store proxy rejected the request because the specified ciphertext/
  await admin.isRefused('Decrypt', { CiphertextBlob }, 'KMSInvalidStateException', bad)
  await admin.answer('Decrypt', { CiphertextBlob })
})
