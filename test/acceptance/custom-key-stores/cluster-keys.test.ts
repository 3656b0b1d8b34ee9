import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'
import { clusterServer, makeClusterStore, newClusterStore } from '../../fixtures/worlds/cluster-stores.ts'
import { storeBecomes } from '../../fixtures/worlds/store-state.ts'

// KMS keys in custom key stores of the type AWS_CLOUDHSM (AWS KMS developer guide, "AWS CloudHSM key stores", and "Key states"). The clusters
// are in memory.

const server = await clusterServer({ regions: ['us-east-1', 'us-west-2'] })
const { clusters } = server
const admin = new TestCaller(server)
const options = { skip: skipWithoutOpenssl }
const invalidState = 'KMSInvalidStateException'
/** AWS's text (developer guide, "Troubleshooting a custom key store"). */
const noContact = 'KMS cannot communicate with your CloudHSM cluster'

/** A connected store in a cluster of its own. */
async function newStore() {
  const input = newClusterStore(server)
  const CustomKeyStoreId = await makeClusterStore(server, admin, 'CONNECTED', input)
  return { CustomKeyStoreId, clusterId: input.CloudHsmClusterId }
}
let known: ReturnType<typeof newStore> | undefined
/** The store of the tests that leave it as it is. */
const sharedStore = () => (known ??= newStore())

const inCluster = (CustomKeyStoreId: string, more: object = {}) => ({
  ...{ Origin: 'AWS_CLOUDHSM' as const, CustomKeyStoreId },
  ...more,
})

async function disconnect(CustomKeyStoreId: string): Promise<void> {
  await admin.answer('DisconnectCustomKeyStore', { CustomKeyStoreId })
  await storeBecomes(admin, CustomKeyStoreId, 'DISCONNECTED')
}

const countKeys = async () => (await admin.sdk.listKeys({ Limit: 1000 })).Keys?.length

/** A call of each cryptographic operation that a key in a cluster has. */
const uses = ({ id: KeyId }: TestKey, CiphertextBlob: string): readonly (readonly [string, object])[] => [
  ['Encrypt', { KeyId, Plaintext: base64('x') }],
  ['Decrypt', { CiphertextBlob }],
  ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
  ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
  ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
]

test('a key shows its store and its cluster, and no key material', options, async () => {
  const { CustomKeyStoreId, clusterId } = await sharedStore()
  const { KeyMetadata } = await admin.sdk.createKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId })
  const { CreationDate: _, KeyId = '', ...metadata } = KeyMetadata ?? {}
  assert.deepEqual(metadata, {
    AWSAccountId: '000000000000',
    Arn: `arn:aws:kms:us-east-1:000000000000:key/${KeyId}`,
    CloudHsmClusterId: clusterId,
    CustomKeyStoreId,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    Description: '',
    Enabled: true,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_CLOUDHSM',
  })
  assert.deepEqual(await admin.describe(KeyId), KeyMetadata)
  assert.deepEqual(await server.store.reader.tokenKeys.listTasks(), [], 'the key is not to be undone')
})

test('each cryptographic operation works in the cluster, and names no key material', options, async () => {
  const { CustomKeyStoreId } = await sharedStore()
  const key = await makeKey(admin, inCluster(CustomKeyStoreId))
  const { id: KeyId, arn } = key
  const plain = await makeKey(admin)
  const EncryptionContext = { purpose: 'test' }
  // The shortest and the longest plaintext (API reference, "Encrypt").
  for (const size of [1, 15, 16, 4096]) {
    const Plaintext = Buffer.alloc(size, 7)
    const { CiphertextBlob, ...encrypted } = await admin.sdk.encrypt({ KeyId, Plaintext, EncryptionContext })
    assert.deepEqual([encrypted.KeyId, encrypted.EncryptionAlgorithm], [arn, 'SYMMETRIC_DEFAULT'])
    const decrypted = await admin.sdk.decrypt({ CiphertextBlob, EncryptionContext })
    assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), Plaintext)
    assert.deepEqual([decrypted.KeyId, decrypted.KeyMaterialId], [arn, undefined])
    const wrongContext = { CiphertextBlob: base64(CiphertextBlob ?? '') }
    await admin.isRefused('Decrypt', wrongContext, 'InvalidCiphertextException', null)
    const SourceEncryptionContext = EncryptionContext
    const out = await admin.sdk.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext,
      DestinationKeyId: plain.id,
    })
    assert.deepEqual([out.SourceKeyMaterialId, out.DestinationKeyMaterialId?.length], [undefined, 64])
    const back = await admin.sdk.reEncrypt({ CiphertextBlob: out.CiphertextBlob, DestinationKeyId: KeyId })
    const again = await admin.sdk.decrypt({ CiphertextBlob: back.CiphertextBlob })
    assert.deepEqual(Buffer.from(again.Plaintext ?? []), Plaintext)
  }
  const dataKey = await admin.sdk.generateDataKey({ KeyId, KeySpec: 'AES_256' })
  const opened = await admin.sdk.decrypt({ CiphertextBlob: dataKey.CiphertextBlob })
  assert.deepEqual([opened.Plaintext, dataKey.KeyMaterialId], [dataKey.Plaintext, undefined])
})

test('a ciphertext of another key, a changed one, and one of a wrong size are refused', options, async () => {
  const { CustomKeyStoreId } = await sharedStore()
  const { id: KeyId } = await makeKey(admin, inCluster(CustomKeyStoreId))
  const { id: other } = await makeKey(admin, inCluster(CustomKeyStoreId))
  const bytes = Buffer.from(await admin.encrypt(KeyId), 'base64')
  const named = { CiphertextBlob: bytes.toString('base64'), KeyId: other }
  await admin.isRefused('Decrypt', named, 'IncorrectKeyException')
  const refused = [
    ...[55, 63, 64, 65, bytes.length - 1].map(at => {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      return changed
    }),
    bytes.subarray(0, -1),
    bytes.subarray(0, 56),
    Buffer.concat([bytes, Buffer.alloc(1)]),
    Buffer.concat([bytes, Buffer.alloc(4096)]),
  ]
  for (const CiphertextBlob of refused)
    await admin.isRefused(
      'Decrypt',
      { CiphertextBlob: base64(CiphertextBlob) },
      'InvalidCiphertextException',
      null,
    )
})

test('the rules of CreateKey for clusters', options, async () => {
  const { CustomKeyStoreId, clusterId } = await newStore()
  const before = await countKeys()
  const refused: [object, string][] = [
    [inCluster(CustomKeyStoreId, { CustomKeyStoreId: undefined }), 'ValidationException'],
    [inCluster(CustomKeyStoreId, { XksKeyId: 'key' }), 'ValidationException'],
    [inCluster(CustomKeyStoreId, { Origin: 'AWS_KMS' }), 'ValidationException'],
    [inCluster(CustomKeyStoreId, { Origin: 'EXTERNAL' }), 'ValidationException'],
    [inCluster(CustomKeyStoreId, { MultiRegion: true }), 'UnsupportedOperationException'],
    [
      inCluster(CustomKeyStoreId, { Origin: 'EXTERNAL_KEY_STORE', XksKeyId: 'key' }),
      'UnsupportedOperationException',
    ],
    [inCluster(CustomKeyStoreId, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }), 'ValidationException'],
    [
      inCluster(CustomKeyStoreId, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
      'ValidationException',
    ],
    [inCluster('cks-1234567890abcdef0'), 'CustomKeyStoreNotFoundException'],
    [inCluster(CustomKeyStoreId, { Policy: '{' }), 'MalformedPolicyDocumentException'],
  ]
  for (const [input, code] of refused) await admin.isRefused('CreateKey', input, code)
  const invalidStore = 'CustomKeyStoreInvalidStateException'
  const idle = await makeClusterStore(server, admin)
  await admin.isRefused('CreateKey', inCluster(idle), invalidStore)
  clusters.fail('makeKey', 'unreachable')
  await admin.isRefused('CreateKey', inCluster(CustomKeyStoreId), invalidStore, noContact)
  clusters.fail('makeKey', 'tooFew')
  const invalidConfiguration = 'CloudHsmClusterInvalidConfigurationException'
  await admin.isRefused('CreateKey', inCluster(CustomKeyStoreId), invalidConfiguration)
  clusters.fail('makeKey')
  const [member] = clusters.find('', clusterId)?.members ?? []
  assert.ok(member !== undefined)
  member.isActive = false
  const twoZones = 'CloudHSM cluster must contain active HSMs in at least two Availability Zones'
  await admin.isRefused('CreateKey', inCluster(CustomKeyStoreId), invalidConfiguration, twoZones)
  member.isActive = true
  assert.equal(await countKeys(), before)
  await admin.answer('CreateKey', inCluster(CustomKeyStoreId))
})

test('a key that was undone before it could be stored is not stored', options, async t => {
  const { CustomKeyStoreId } = await sharedStore()
  const before = await countKeys()
  t.mock.method(clusters, 'makeKey', async (...args: Parameters<typeof clusters.makeKey>) => {
    t.mock.restoreAll()
    const made = await clusters.makeKey(...args)
    const [, { keyId }] = args
    await server.store.write(({ tokenKeys }) => tokenKeys.deleteTask({ ...args[1], keyId, task: 'make' }))
    return made
  })
  const { status, json } = await admin.call('CreateKey', inCluster(CustomKeyStoreId))
  assert.deepEqual([status, json['__type']], [500, 'KMSInternalException'])
  assert.equal(await countKeys(), before)
})

test('a key whose store is not connected is unavailable, and works again afterwards', options, async () => {
  const { CustomKeyStoreId } = await newStore()
  const key = await makeKey(admin, inCluster(CustomKeyStoreId))
  const disabled = await makeKey(admin, inCluster(CustomKeyStoreId))
  const pending = await makeKey(admin, inCluster(CustomKeyStoreId))
  const ciphertext = await admin.encrypt(key.id)
  await admin.answer('ScheduleKeyDeletion', { KeyId: pending.id })
  await disconnect(CustomKeyStoreId)
  const { KeyState, Enabled } = await admin.describe(key.id)
  assert.deepEqual([KeyState, Enabled], ['Unavailable', false])
  for (const [operation, input] of uses(key, ciphertext))
    await admin.isRefused(operation, input, invalidState, `${key.arn} is unavailable.`)
  await admin.isRefused('CreateKey', inCluster(CustomKeyStoreId), 'CustomKeyStoreInvalidStateException')
  assert.equal((await admin.describe(pending.id)).KeyState, 'PendingDeletion')
  await admin.answersNothing('DisableKey', { KeyId: disabled.id })
  await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  await storeBecomes(admin, CustomKeyStoreId, 'CONNECTED')
  for (const [operation, input] of uses(key, ciphertext)) await admin.answer(operation, input)
  assert.equal((await admin.describe(disabled.id)).KeyState, 'Disabled')
})

test('a cluster that does not answer is said to be so, and the key stays Enabled', options, async () => {
  const { CustomKeyStoreId } = await sharedStore()
  const key = await makeKey(admin, inCluster(CustomKeyStoreId))
  const ciphertext = await admin.encrypt(key.id)
  for (const failure of ['unreachable', 'noKey'] as const) {
    clusters.fail('use', failure)
    for (const [operation, input] of uses(key, ciphertext))
      await admin.isRefused(operation, input, invalidState, noContact)
  }
  clusters.fail('use')
  assert.equal((await admin.describe(key.id)).KeyState, 'Enabled')
})

test('a key has no data key pairs, rotation, import or replicas', options, async () => {
  const { CustomKeyStoreId } = await sharedStore()
  const { id: KeyId, arn } = await makeKey(admin, inCluster(CustomKeyStoreId))
  const calls: [string, object][] = [
    ['GenerateDataKeyPair', { KeyPairSpec: 'ECC_NIST_P256' }],
    ['GenerateDataKeyPairWithoutPlaintext', { KeyPairSpec: 'ECC_NIST_P256' }],
    ['EnableKeyRotation', {}],
    ['DisableKeyRotation', {}],
    ['GetKeyRotationStatus', {}],
    ['ListKeyRotations', {}],
    ['RotateKeyOnDemand', {}],
    ['GetParametersForImport', { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }],
    ['DeleteImportedKeyMaterial', {}],
  ]
  for (const [operation, more] of calls) {
    const text = `${arn} origin is AWS_CLOUDHSM which is not valid for this operation.`
    await admin.isRefused(operation, { KeyId, ...more }, 'UnsupportedOperationException', text)
  }
  const replica = { KeyId, ReplicaRegion: 'us-west-2' }
  await admin.isRefused('ReplicateKey', replica, 'UnsupportedOperationException')
  const material = { KeyId, ImportToken: base64('token'), EncryptedKeyMaterial: base64('material') }
  await admin.isRefused('ImportKeyMaterial', material, 'UnsupportedOperationException')
})

test('a rehearsal does not reach the cluster', options, async () => {
  const { CustomKeyStoreId } = await sharedStore()
  const key = await makeKey(admin, inCluster(CustomKeyStoreId))
  const ciphertext = await admin.encrypt(key.id)
  clusters.fail('use', 'unreachable')
  for (const [operation, input] of uses(key, ciphertext))
    await admin.isRefused(operation, { ...input, DryRun: true }, 'DryRunOperationException')
  clusters.fail('use')
})

test('GenerateRandom of a connected store comes from its cluster', options, async () => {
  const { CustomKeyStoreId } = await newStore()
  const { Plaintext } = await admin.answer('GenerateRandom', { NumberOfBytes: 32, CustomKeyStoreId })
  assert.equal(Plaintext, Buffer.alloc(32, 0x5a).toString('base64'), 'the bytes of the cluster in memory')
  await admin.isRefused(
    'GenerateRandom',
    { CustomKeyStoreId },
    'ValidationException',
    'NumberOfBytes is required.',
  )
  for (const failure of ['unreachable', 'busy'] as const) {
    clusters.fail('random', failure)
    const input = { NumberOfBytes: 32, CustomKeyStoreId }
    const { status, json } = await admin.call('GenerateRandom', input)
    assert.deepEqual([status, json['__type']], [500, 'DependencyTimeoutException'])
  }
  clusters.fail('random')
  await disconnect(CustomKeyStoreId)
  const input = { NumberOfBytes: 32, CustomKeyStoreId }
  await admin.isRefused('GenerateRandom', input, 'CustomKeyStoreInvalidStateException')
  const unknown = { ...input, CustomKeyStoreId: 'cks-1234567890abcdef0' }
  await admin.isRefused('GenerateRandom', unknown, 'CustomKeyStoreNotFoundException')
})
