import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, makeKey, policyOf } from '../../fixtures/caller.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../../fixtures/time-travel.ts'
import {
  arnIn,
  asia,
  europe,
  home,
  multiRegionWorld,
  notPrimary,
  ofReplica,
  type Region,
} from '../../fixtures/worlds/multi-region.ts'

const { keyward, at, describe, stateOf, settle, makePrimary, replicate } = await multiRegionWorld()

/** Recorded from AWS. */
const oneEach = 'You can create only one replica of each primary key in each AWS Region.'
const unsupported = 'UnsupportedOperationException'

test('a multi-Region key has the same id in all Regions, and each Region shows all of them', async () => {
  const { id, arn } = await makePrimary({
    Description: 'first',
    Tags: [{ TagKey: 'of', TagValue: 'primary' }],
  })
  assert.match(id, /^mrk-[0-9a-f]{32}$/)
  assert.equal(arn, arnIn(home, id))
  const fresh = await describe(home, id)
  assert.equal(fresh.MultiRegion, true)
  assert.deepEqual(fresh.MultiRegionConfiguration, {
    MultiRegionKeyType: 'PRIMARY',
    PrimaryKey: { Arn: arn, Region: home },
    ReplicaKeys: [],
  })
  const made = await at(home).answer('ReplicateKey', { KeyId: id, ReplicaRegion: europe })
  assert.equal(made['ReplicaTags'], undefined)
  assert.match(String(made['ReplicaPolicy']), /arn:aws:iam::000000000000:root/)
  const metadata = made['ReplicaKeyMetadata'] as Record<string, unknown>
  const configuration = {
    MultiRegionKeyType: 'REPLICA',
    PrimaryKey: { Arn: arn, Region: home },
    ReplicaKeys: [{ Arn: arnIn(europe, id), Region: europe }],
  }
  assert.partialDeepStrictEqual(metadata, {
    Arn: arnIn(europe, id),
    KeyId: id,
    KeyState: 'Creating',
    Enabled: false,
    Description: '',
    MultiRegion: true,
    MultiRegionConfiguration: configuration,
  })
  assert.equal(metadata['CurrentKeyMaterialId'], undefined)
  await settle()
  const replica = await describe(europe, id)
  assert.equal(replica.KeyState, 'Enabled')
  assert.equal(replica.CurrentKeyMaterialId, fresh.CurrentKeyMaterialId)
  assert.deepEqual(replica.MultiRegionConfiguration, configuration)
  const primary = await describe(home, id)
  assert.deepEqual(primary.MultiRegionConfiguration, { ...configuration, MultiRegionKeyType: 'PRIMARY' })
  const tags = await at(europe).answer('ListResourceTags', { KeyId: id })
  assert.deepEqual(tags['Tags'], [])
  const single = await makeKey(at(home))
  assert.equal((await describe(home, single.id)).MultiRegion, false)
  assert.equal((await describe(home, single.id)).MultiRegionConfiguration, undefined)
})

test('ReplicateKey takes a policy, a description and tags for the replica, and refuses wrong Regions, keys and states', async () => {
  const { id, arn } = await makePrimary()
  const root = { AWS: 'arn:aws:iam::000000000000:root' }
  const Policy = policyOf({ Sid: 'mine', Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' })
  const Tags = [{ TagKey: 'of', TagValue: 'replica' }]
  const input = { KeyId: arn, ReplicaRegion: europe, Policy, Description: 'there', Tags }
  const made = await at(home).answer('ReplicateKey', input)
  assert.deepEqual([made['ReplicaPolicy'], made['ReplicaTags']], [Policy, Tags])
  await settle()
  assert.equal((await describe(europe, id)).Description, 'there')
  assert.equal((await describe(home, id)).Description, '')
  assert.deepEqual((await at(europe).answer('ListResourceTags', { KeyId: id }))['Tags'], Tags)

  const refuses = (region: Region, change: object, code: string, text?: string) =>
    at(region).isRefused('ReplicateKey', { KeyId: id, ReplicaRegion: asia, ...change }, code, text)
  await refuses(home, { ReplicaRegion: europe }, 'AlreadyExistsException', oneEach)
  await refuses(europe, {}, unsupported, notPrimary(arnIn(europe, id)))
  const single = await makeKey(at(home))
  await refuses(home, { KeyId: single.id }, unsupported, notPrimary(single.arn))
  const notThere = (region: string) =>
    `Region ${region} is not a valid Region or multi-Region keys are not supported in Region ${region}.`
  const refused = {
    [home]: `${home} cannot have a replica because it contains the primary.`,
    'cn-north-1': 'The replica key Region must be in the same AWS partition as the primary key Region.',
    'mars-north-1': notThere('mars-north-1'),
    // This server does not have this Region.
    'eu-central-1': notThere('eu-central-1'),
  }
  for (const [ReplicaRegion, text] of Object.entries(refused)) {
    await refuses(home, { ReplicaRegion }, 'ValidationException', text)
  }
  await refuses(home, { ReplicaRegion: undefined }, 'ValidationException')
  await refuses(home, { Policy: '{}' }, 'MalformedPolicyDocumentException')
  const withoutResource = policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*' })
  const missing = 'Missing required field Resource'
  await refuses(home, { Policy: withoutResource }, 'MalformedPolicyDocumentException', missing)
  await refuses(home, { Tags: [...Tags, ...Tags] }, 'TagException', 'Duplicate tag keys')
  await at(home).sdk.disableKey({ KeyId: id })
  await refuses(home, {}, 'DisabledException', `${arn} is disabled.`)
  await at(home).sdk.enableKey({ KeyId: id })
  await at(europe).sdk.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 })
  await refuses(home, { ReplicaRegion: europe }, 'AlreadyExistsException', oneEach)
  const { MultiRegionConfiguration } = await describe(home, id)
  assert.equal(MultiRegionConfiguration?.ReplicaKeys?.length, 1)
})

test('a replica refuses some operations while it is being created', async () => {
  const { id } = await makePrimary()
  await at(home).sdk.replicateKey({ KeyId: id, ReplicaRegion: europe })
  const creating = ['KMSInvalidStateException', `${arnIn(europe, id)} is creating.`] as const
  const calls = { Encrypt: { Plaintext: 'YQ==' }, EnableKey: {}, DisableKey: {} }
  for (const [operation, rest] of Object.entries(calls)) {
    await at(europe).isRefused(operation, { KeyId: id, ...rest }, ...creating)
  }
  await at(europe).answersNothing('UpdateKeyDescription', { KeyId: id, Description: 'soon' })
  await at(europe).answersNothing('CreateAlias', { AliasName: 'alias/soon', TargetKeyId: id })
  await at(europe).answer('ScheduleKeyDeletion', { KeyId: id, PendingWindowInDays: 7 })
  await settle()
  assert.equal(await stateOf(europe, id), 'PendingDeletion')
})

test('each Region has a state, a description, tags, aliases and a policy of its own', async () => {
  const { id } = await makePrimary()
  await replicate(id, europe)
  await at(europe).sdk.disableKey({ KeyId: id })
  await at(europe).sdk.createAlias({ AliasName: 'alias/only-here', TargetKeyId: id })
  await at(europe).sdk.tagResource({ KeyId: id, Tags: [{ TagKey: 'a', TagValue: 'b' }] })
  await at(europe).sdk.updateKeyDescription({ KeyId: id, Description: 'changed' })
  assert.equal(await stateOf(home, id), 'Enabled')
  assert.equal((await describe(home, id)).Description, '')
  assert.deepEqual((await at(home).answer('ListResourceTags', { KeyId: id }))['Tags'], [])
  await at(home).isRefused('DescribeKey', { KeyId: 'alias/only-here' }, 'NotFoundException')
})

test('every Region decrypts the ciphertexts of every other Region, also after rotations', async () => {
  const { id } = await makePrimary()
  await replicate(id, europe)
  const blobs: string[] = []
  const encrypt = async (region: Region) => {
    const answer = await at(region).answer('Encrypt', { KeyId: id, Plaintext: base64(region) })
    blobs.push(String(answer['CiphertextBlob']))
  }
  await encrypt(home)
  await encrypt(europe)
  await at(home).sdk.rotateKeyOnDemand({ KeyId: id })
  await encrypt(europe)
  await at(home).sdk.enableKeyRotation({ KeyId: id, RotationPeriodInDays: 90 })
  const status = await at(europe).sdk.getKeyRotationStatus({ KeyId: id })
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 90])
  await advance(keyward, 91 * daySeconds)
  await encrypt(europe)
  await replicate(id, asia)
  await encrypt(asia)
  for (const region of [home, europe, asia]) {
    for (const CiphertextBlob of blobs) {
      const answer = await at(region).answer('Decrypt', { CiphertextBlob })
      assert.equal(answer['KeyId'], arnIn(region, id))
      await at(region).answer('Decrypt', { KeyId: arnIn(region, id), CiphertextBlob })
    }
    const { CurrentKeyMaterialId } = await describe(region, id)
    assert.equal(CurrentKeyMaterialId, (await describe(home, id)).CurrentKeyMaterialId)
    const rotations = await at(region).answer('ListKeyRotations', { KeyId: id })
    assert.equal((rotations['Rotations'] as object[]).length, 2, region)
  }
  for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']) {
    const text = ofReplica(arnIn(europe, id), operation)
    await at(europe).isRefused(operation, { KeyId: id }, unsupported, text)
  }
  const single = await makeKey(at(home))
  const { CiphertextBlob } = await at(home).answer('Encrypt', { KeyId: single.id, Plaintext: 'YQ==' })
  await at(europe).isRefused('Decrypt', { CiphertextBlob }, 'AccessDeniedException')
})

test('the ARN of the same multi-Region key in a different Region does not name the key of a ciphertext', async () => {
  const { id, arn } = await makePrimary()
  await replicate(id, europe)
  const { CiphertextBlob } = await at(home).answer('Encrypt', { KeyId: id, Plaintext: 'YQ==' })
  // Recorded from AWS for Decrypt; ReEncrypt has the same rule (API reference).
  const refused = [
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  ] as const
  await at(europe).isRefused('Decrypt', { KeyId: arn, CiphertextBlob }, ...refused)
  const again = { CiphertextBlob, DestinationKeyId: id }
  await at(europe).isRefused('ReEncrypt', { ...again, SourceKeyId: arn }, ...refused)
  // The Region's own ARN is right for every ciphertext. All other ARNs of different Regions are not found.
  await at(europe).answer('Decrypt', { KeyId: arnIn(europe, id), CiphertextBlob })
  const other = await makePrimary()
  const elsewhere = ['NotFoundException', `Invalid arn ${home}`] as const
  await at(europe).isRefused('Encrypt', { KeyId: arn, Plaintext: 'YQ==' }, ...elsewhere)
  await at(europe).isRefused('ReEncrypt', { ...again, DestinationKeyId: arn }, ...elsewhere)
  await at(europe).isRefused('Decrypt', { KeyId: other.arn, CiphertextBlob }, ...elsewhere)
  const rsa = { KeyId: arn, CiphertextBlob: base64(Buffer.alloc(256)) }
  await at(europe).isRefused('Decrypt', { ...rsa, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }, ...elsewhere)
})

test('asymmetric and HMAC keys are the same in every Region', async () => {
  const signer = await makePrimary({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
  const mac = await makePrimary({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const edwards = await makePrimary({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' })
  for (const { id } of [signer, mac, edwards]) await replicate(id, europe)
  const Message = Buffer.from('m')
  for (const [{ id }, SigningAlgorithm] of [
    [signer, 'ECDSA_SHA_256'],
    [edwards, 'ED25519_SHA_512'],
  ] as const) {
    const { Signature } = await at(europe).sdk.sign({ KeyId: id, Message, SigningAlgorithm })
    const { SignatureValid } = await at(home).sdk.verify({ KeyId: id, Message, Signature, SigningAlgorithm })
    assert.equal(SignatureValid, true)
    const [here, there] = await Promise.all(
      [home, europe].map(region => at(region).sdk.getPublicKey({ KeyId: id })),
    )
    assert.deepEqual(here?.PublicKey, there?.PublicKey)
  }
  const MacAlgorithm = 'HMAC_SHA_256'
  const { Mac } = await at(home).sdk.generateMac({ KeyId: mac.id, Message, MacAlgorithm })
  const { MacValid } = await at(europe).sdk.verifyMac({ KeyId: mac.id, Message, Mac, MacAlgorithm })
  assert.equal(MacValid, true)
})

test('a primary waits for its replicas: its own waiting period begins when the last one is deleted', async () => {
  const { id, arn } = await makePrimary()
  await replicate(id, europe, asia)
  const schedule = (region: Region, PendingWindowInDays: number) =>
    at(region).answer('ScheduleKeyDeletion', { KeyId: id, PendingWindowInDays })
  assert.deepEqual(await schedule(home, 8), {
    KeyId: arn,
    KeyState: 'PendingReplicaDeletion',
    PendingWindowInDays: 8,
  })
  const waiting = await describe(home, id)
  assert.equal(waiting.DeletionDate, undefined)
  assert.equal(waiting.PendingDeletionWindowInDays, 8)
  // Text recorded from AWS for TagResource.
  const pending = ['KMSInvalidStateException', `${arn} is pending replica deletion.`] as const
  const encrypt = { KeyId: id, Plaintext: 'YQ==' }
  await at(home).isRefused('Encrypt', encrypt, ...pending)
  await at(home).isRefused('TagResource', { KeyId: id, Tags: [{ TagKey: 'a', TagValue: 'b' }] }, ...pending)
  await at(home).answer('CancelKeyDeletion', { KeyId: id })
  assert.equal(await stateOf(home, id), 'Disabled')
  assert.equal((await describe(home, id)).PendingDeletionWindowInDays, undefined)
  await schedule(home, 9)
  for (const region of [europe, asia] as const) {
    await at(region).answer('Encrypt', encrypt)
    const answer = await schedule(region, region === europe ? 7 : 10)
    assert.equal(answer['KeyState'], 'PendingDeletion')
  }
  await advance(keyward, 8 * daySeconds)
  await at(europe).isRefused('DescribeKey', { KeyId: id }, 'NotFoundException')
  assert.equal(await stateOf(home, id), 'PendingReplicaDeletion')
  await advance(keyward, 3 * daySeconds)
  await at(asia).isRefused('DescribeKey', { KeyId: id }, 'NotFoundException')
  const alone = await describe(home, id)
  assert.equal(alone.KeyState, 'PendingDeletion')
  assert.equal(alone.PendingDeletionWindowInDays, undefined)
  const left = (alone.DeletionDate?.getTime() ?? 0) - (await timeAt(keyward))
  assert.ok(left > 7 * dayMillis && left <= 9 * dayMillis, `${left}`)
  await advance(keyward, 9 * daySeconds)
  await at(home).isRefused('DescribeKey', { KeyId: id }, 'NotFoundException')
})
