import { base64 } from '../fixtures/caller.ts'
import type { TestEnclave } from '../fixtures/nitro-enclave.ts'
import { freeRegion, type Input, root, type World } from './world.ts'

// Calls that succeed: every operation, and every case in which its answer has more or different members.

interface Step {
  readonly operation: string
  readonly input: (world: World) => Promise<Input>
}

const step = (operation: string, input: Step['input'] = world => world.inputOf(operation)): Step => ({
  operation,
  input,
})

/** One step for each input, which is laid over a good input. */
const also = (operation: string, ...inputs: Input[]): Step[] =>
  inputs.map(more => step(operation, world => world.inputOf(operation, more)))

/** A step on a new key, which no other step uses. */
const onNew = (operation: string, ...args: Parameters<World['newKey']>): Step =>
  step(operation, async world => world.inputOf(operation, { KeyId: (await world.newKey(...args)).id }))

const onKey = (operation: string, ...args: Parameters<World['key']>): Step =>
  step(operation, async world => ({ KeyId: (await world.key(...args)).id }))

const constraint = { team: 'blue' }
const SourceArn = 'arn:aws:s3:us-east-1:000000000000:bucket'
const services = { GranteeServicePrincipal: 'a.amazonaws.com', RetiringServicePrincipal: 'b.amazonaws.com' }
const dayAhead = () => Math.floor(Date.now() / 1000) + 40 * 86_400

/** A symmetric key with imported key material that expires and has a description. */
const expiring = (world: World) =>
  world.once('expiring key', async () => {
    const { KeyMetadata } = await world.caller.answer('CreateKey', { Origin: 'EXTERNAL' })
    const { KeyId } = KeyMetadata as { KeyId: string }
    const ends = { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: dayAhead() }
    const input = { ...(await world.importOf(KeyId)), ...ends, KeyMaterialDescription: 'from the vault' }
    await world.caller.answer('ImportKeyMaterial', input)
    return KeyId
  })

/** A multi-Region primary that waits for the deletion of its replica. */
const waiting = async (world: World) => ({ KeyId: (await world.key('multiRegion', 'pending')).id })

const creationAndGrants: readonly Step[] = [
  ...also('CreateKey', {}, { Description: 'orders', Tags: [{ TagKey: 'team', TagValue: 'blue' }] }),
  ...also('CreateAlias', {}, {}),
  ...also('CreateGrant', { Name: 'n', Constraints: { EncryptionContextEquals: constraint } }),
  ...also('CreateGrant', { Constraints: { EncryptionContextSubset: constraint }, RetiringPrincipal: root }),
  ...also('CreateGrant', { GranteePrincipal: undefined, Constraints: { SourceArn }, ...services }),
  step('ListGrants'),
  ...also('ListGrants', { Limit: 1 }),
  step('RetireGrant', async world => ({ GrantToken: (await world.newGrant())['GrantToken'] })),
  step('RevokeGrant', async world => ({ ...(await world.newGrant()), GrantToken: undefined })),
]

/** One new external key store for each step, because an account may have ten. */
const onNewStore = (operation: string, state?: string): Step =>
  step(operation, async world => ({ CustomKeyStoreId: await world.stores.make(world.caller, state) }))

const customKeyStores: readonly Step[] = [
  step('CreateCustomKeyStore'),
  onNewStore('ConnectCustomKeyStore'),
  onNewStore('DisconnectCustomKeyStore', 'CONNECTED'),
  step('UpdateCustomKeyStore'),
  onNewStore('DeleteCustomKeyStore'),
  step('DescribeCustomKeyStores', async world => ({ CustomKeyStoreId: await world.store('FAILED') })),
  ...also('DescribeCustomKeyStores', {}, { Limit: 1 }),
  step('DescribeKey', async world => ({ KeyId: (await world.outsideKey()).id })),
]

const cryptography: readonly Step[] = [
  ...['Encapsulate', 'Decapsulate', 'Encrypt', 'Decrypt', 'ReEncrypt', 'DeriveSharedSecret'].map(name =>
    step(name),
  ),
  ...['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'GenerateRandom', 'Sign', 'Verify'].map(name =>
    step(name),
  ),
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateMac', 'VerifyMac'].map(name =>
    step(name),
  ),
]

/** The operations whose answer may be encrypted for an enclave. */
function stepsForRecipient(enclave: TestEnclave): readonly Step[] {
  const AttestationDocument = base64(enclave.attest())
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument }
  const operations = [
    'Decrypt',
    'DeriveSharedSecret',
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateRandom',
  ]
  return operations.flatMap(operation => also(operation, { Recipient }))
}

const descriptions: readonly Step[] = [
  onKey('GetPublicKey', 'sign'),
  onKey('GetPublicKey', 'agreement'),
  onKey('GetPublicKey', 'encapsulation'),
  onKey('GetPublicKey', 'rsa'),
  ...(['symmetric', 'sign', 'mac', 'agreement', 'encapsulation', 'external', 'multiRegion'] as const).map(
    kind => onKey('DescribeKey', kind),
  ),
  onKey('DescribeKey', 'symmetric', 'pending'),
  step('DescribeKey', waiting),
  step('DescribeKey', async world => ({ KeyId: await expiring(world) })),
]

const policiesTagsAndAliases: readonly Step[] = [
  step('GetKeyLastUsage'),
  step('GetKeyPolicy'),
  step('PutKeyPolicy'),
  step('ListKeyPolicies'),
  ...also('TagResource', { Tags: toTags({ ...constraint, stage: '' }) }),
  ...also('ListResourceTags', {}, { Limit: 1 }),
  step('UntagResource'),
  ...also('ListAliases', {}, { Limit: 1 }),
  ...also('ListKeys', {}, { Limit: 1 }),
  step('UpdateAlias'),
  step('UpdateKeyDescription'),
  step('DeleteAlias', async world => ({ AliasName: await world.newAlias('symmetric') })),
]

const lifecycle: readonly Step[] = [
  step('GetParametersForImport'),
  step('ImportKeyMaterial'),
  onNew('DeleteImportedKeyMaterial', 'external'),
  step('EnableKeyRotation'),
  step('GetKeyRotationStatus'),
  step('RotateKeyOnDemand'),
  ...also('ListKeyRotations', {}, { IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 1 }),
  step('ListKeyRotations', async world => ({
    KeyId: await expiring(world),
    IncludeKeyMaterial: 'ALL_KEY_MATERIAL',
  })),
  step('DisableKeyRotation'),
  onNew('DisableKey', 'symmetric'),
  onNew('EnableKey', 'symmetric', 'disabled'),
  onNew('ScheduleKeyDeletion', 'symmetric'),
  onNew('CancelKeyDeletion', 'symmetric', 'pending'),
  ...also('ReplicateKey', { ReplicaRegion: freeRegion, Tags: toTags(constraint), Description: 'abroad' }),
  onNew('UpdatePrimaryRegion', 'multiRegion'),
  step('ListRetirableGrants', async world => {
    for (const Name of ['a', 'b']) await world.newGrant({ Name })
    return { RetiringPrincipal: root, Limit: 1 }
  }),
  step('ListRetirableGrants'),
]

/** All calls, in an order in which each succeeds. */
export function stepsWith(enclave: TestEnclave): readonly Step[] {
  return [
    ...creationAndGrants,
    ...customKeyStores,
    ...cryptography,
    ...stepsForRecipient(enclave),
    ...descriptions,
    ...policiesTagsAndAliases,
    ...lifecycle,
  ]
}

function toTags(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}
