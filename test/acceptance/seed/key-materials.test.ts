import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { checkout, type KeywardProcess, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { refusedStart } from '../../fixtures/refused-start.ts'
import { allow, credentialsOf, duringSeed, seedOf, seedUser, writeSeed } from '../../fixtures/seed.ts'
import { advance, dayMillis } from '../../fixtures/time-travel.ts'

const account = '111122223333'
const [home, europe, asia] = ['us-east-1', 'eu-west-1', 'ap-southeast-2'] as const
const environment = {
  KEYWARD_REGIONS: [home, europe, asia].join(','),
  KEYWARD_TEST_CLOCK: 'except-signatures',
}
const [one, two, three] = [randomBytes(32), randomBytes(32), randomBytes(32)].map(bytes =>
  bytes.toString('base64'),
) as [string, string, string]
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const multiId = 'mrk-1234abcd12ab34cd56ef1234567890ab'
const seed = (...keys: object[]) => seedOf(account, [seedUser('alice', allow('kms:*'))], keys)
const sdkOf = (server: KeywardProcess, region: string = home) =>
  new TestCaller(server, { credentials: credentialsOf('alice'), region }).sdk
type Sdk = ReturnType<typeof sdkOf>

const secret = Buffer.from('a secret')
const encrypt = async (sdk: Sdk, KeyId: string) =>
  (await sdk.encrypt({ KeyId, Plaintext: secret })).CiphertextBlob
async function decrypts(sdk: Sdk, CiphertextBlob: Uint8Array | undefined): Promise<void> {
  assert.deepEqual(Buffer.from((await sdk.decrypt({ CiphertextBlob })).Plaintext ?? []), secret)
}
async function metadataOf(sdk: Sdk, KeyId: string) {
  const { KeyMetadata } = await sdk.describeKey({ KeyId })
  return KeyMetadata ?? assert.fail()
}
async function rotationsOf(sdk: Sdk, KeyId: string) {
  const { Rotations = [] } = await sdk.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })
  return Rotations
}
const conflictOf = (dataDirectory: string, text: object) =>
  refusedStart({ dataDirectory, environment, flags: ['--seed', writeSeed(text)] })

/** What tells one key from another, of a key that was seeded with this and nothing else. */
const blobUnder = (key: object) =>
  duringSeed(seed({ id: keyId, ...key }), { environment }, server => encrypt(sdkOf(server), keyId))

test('a rotated key encrypts under its last key material and decrypts under each', async () => {
  const blobs = [await blobUnder({ material: one }), await blobUnder({ material: two })]
  const newest = await blobUnder({ material: three })
  const rotated = seed({ id: keyId, materials: [one, two, three] })
  const made = await duringSeed(rotated, { environment }, async server => {
    const sdk = sdkOf(server)
    for (const blob of [...blobs, newest]) await decrypts(sdk, blob)
    const rotations = await rotationsOf(sdk, keyId)
    const states = rotations.map(({ KeyMaterialState, RotationType }) => [KeyMaterialState, RotationType])
    assert.deepEqual(states, [
      ['NON_CURRENT', undefined],
      ['NON_CURRENT', 'ON_DEMAND'],
      ['CURRENT', 'ON_DEMAND'],
    ])
    const { CurrentKeyMaterialId } = await metadataOf(sdk, keyId)
    assert.equal(CurrentKeyMaterialId, rotations[2]?.KeyMaterialId)
    return await encrypt(sdk, keyId)
  })
  await duringSeed(seed({ id: keyId, material: three }), { environment }, server =>
    decrypts(sdkOf(server), made),
  )
})

test('automatic rotation is on as the file says, and clients and the file may change it', async () => {
  const dataDirectory = temporaryDirectory()
  const during = <T>(rotation: number | undefined, use: (sdk: Sdk, server: KeywardProcess) => Promise<T>) =>
    duringSeed(seed({ id: keyId, material: one, rotation }), { dataDirectory, environment }, server =>
      use(sdkOf(server), server),
    )
  const statusOf = (sdk: Sdk) => sdk.getKeyRotationStatus({ KeyId: keyId })
  const first = await during(90, async sdk => {
    const status = await statusOf(sdk)
    assert.equal(status.KeyRotationEnabled, true)
    assert.equal(status.RotationPeriodInDays, 90)
    const wait = Number(status.NextRotationDate) - Date.now()
    assert.ok(Math.abs(wait - 90 * dayMillis) < 60_000)
    return status.NextRotationDate
  })
  await during(90, async (sdk, server) => {
    assert.deepEqual((await statusOf(sdk)).NextRotationDate, first)
    await advance(server, 91 * 86_400)
    assert.deepEqual(
      (await rotationsOf(sdk, keyId)).map(rotation => rotation.RotationType),
      [undefined, 'AUTOMATIC'],
    )
    // The clock of the next start is the system's again, so the schedule begins anew.
    await sdk.enableKeyRotation({ KeyId: keyId, RotationPeriodInDays: 90 })
  })
  await during(120, async sdk => {
    assert.equal((await statusOf(sdk)).RotationPeriodInDays, 120)
    assert.equal((await rotationsOf(sdk, keyId)).length, 2)
    await sdk.disableKeyRotation({ KeyId: keyId })
  })
  await during(120, async sdk => assert.equal((await statusOf(sdk)).KeyRotationEnabled, false))
  const said = await conflictOf(dataDirectory, seed({ id: keyId, material: one, rotation: 200 }))
  assert.match(said, /automatic rotation/)
  await during(undefined, async sdk => assert.equal((await statusOf(sdk)).KeyRotationEnabled, false))
})

test('imported key material: expiring, described, pending, expired and not there yet', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'].map(letter => keyId.replace('1234abcd', letter.repeat(8)))
  const [expiring = '', waiting = '', expired = '', empty = '', late = ''] = ids
  const expires = new Date(Date.now() + 30 * dayMillis).toISOString()
  const macSecret = randomBytes(32)
  const text = seed(
    {
      id: expiring,
      origin: 'EXTERNAL',
      spec: 'HMAC_256',
      usage: 'GENERATE_VERIFY_MAC',
      material: { material: macSecret.toString('base64'), expires },
    },
    {
      id: waiting,
      origin: 'EXTERNAL',
      enabled: false,
      materials: [
        { material: one, description: 'the first' },
        two,
        { material: three, description: 'the next', pending: true },
      ],
    },
    { id: expired, origin: 'EXTERNAL', material: { material: one, expires: '2020-01-31' } },
    { id: empty, origin: 'EXTERNAL' },
    {
      id: late,
      origin: 'EXTERNAL',
      materials: [one, { material: two, pending: true, expires: '2020-01-31' }],
    },
  )
  const dataDirectory = temporaryDirectory()
  await duringSeed(text, { dataDirectory, environment }, async server => {
    const sdk = sdkOf(server)
    const key = await metadataOf(sdk, expiring)
    assert.equal(key.Origin, 'EXTERNAL')
    assert.equal(key.ExpirationModel, 'KEY_MATERIAL_EXPIRES')
    assert.equal(key.ValidTo?.toISOString(), expires)
    const input = { KeyId: expiring, Message: secret, MacAlgorithm: 'HMAC_SHA_256' as const }
    const { Mac } = await sdk.generateMac(input)
    assert.deepEqual(Buffer.from(Mac ?? []), createHmac('sha256', macSecret).update(secret).digest())

    assert.equal((await metadataOf(sdk, waiting)).KeyState, 'Disabled')
    await sdk.enableKey({ KeyId: waiting })
    const listed = (await rotationsOf(sdk, waiting)).map(rotation => [
      rotation.KeyMaterialState,
      rotation.ImportState,
      rotation.KeyMaterialDescription,
      rotation.ExpirationModel,
      rotation.RotationType,
    ])
    const never = 'KEY_MATERIAL_DOES_NOT_EXPIRE'
    assert.deepEqual(listed, [
      ['NON_CURRENT', 'IMPORTED', 'the first', never, undefined],
      ['CURRENT', 'IMPORTED', undefined, never, 'ON_DEMAND'],
      ['PENDING_ROTATION', 'IMPORTED', 'the next', never, undefined],
    ])
    await sdk.rotateKeyOnDemand({ KeyId: waiting })

    const gone = await metadataOf(sdk, expired)
    assert.equal(gone.KeyState, 'PendingImport')
    assert.match(gone.CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/)
    const none = await metadataOf(sdk, empty)
    assert.equal(none.KeyState, 'PendingImport')
    assert.equal(none.CurrentKeyMaterialId, undefined)

    assert.equal((await metadataOf(sdk, late)).KeyState, 'Enabled')
    const [, pending] = await rotationsOf(sdk, late)
    assert.deepEqual([pending?.KeyMaterialState, pending?.ImportState], ['PENDING_ROTATION', 'IMPORTED'])
    await sdk.rotateKeyOnDemand({ KeyId: late })
    assert.equal((await metadataOf(sdk, late)).KeyState, 'PendingImport')

    await sdk.deleteImportedKeyMaterial({ KeyId: expiring })
    await advance(server, 1)
  })
  // What clients did with the key material stands; an edited description is applied, and leaves the state alone.
  const edited = JSON.parse(JSON.stringify(text).replace(`"id":"${expiring}"`, `$&,"description":"new"`))
  await duringSeed(edited, { dataDirectory, environment }, async server => {
    const sdk = sdkOf(server)
    const key = await metadataOf(sdk, expiring)
    assert.equal(key.KeyState, 'PendingImport')
    assert.equal(key.Description, 'new')
    const states = (await rotationsOf(sdk, waiting)).map(rotation => rotation.KeyMaterialState)
    assert.deepEqual(states, ['NON_CURRENT', 'NON_CURRENT', 'CURRENT'])
  })
  const changed = JSON.parse(JSON.stringify(edited).replace('the next', 'the last'))
  assert.match(await conflictOf(dataDirectory, changed), /has other key material .* give the key another id/)
})

test('an expiring key material expires', async () => {
  const expires = new Date(Date.now() + dayMillis).toISOString()
  const key = { id: keyId, origin: 'EXTERNAL', material: { material: one, expires } }
  await duringSeed(seed(key), { environment }, async server => {
    await encrypt(sdkOf(server), keyId)
    await advance(server, 86_401)
    assert.equal((await metadataOf(sdkOf(server), keyId)).KeyState, 'PendingImport')
  })
})

for (const [what, own] of Object.entries({
  'random key material': {},
  'given key materials': { materials: [one, two] },
  'imported key material': { origin: 'EXTERNAL', material: { material: one, description: 'imported' } },
})) {
  test(`a multi-Region key with ${what} is one key in its regions, and each has what it has for itself`, async () => {
    const text = seed({
      id: multiId,
      ...own,
      region: europe,
      description: 'primary',
      aliases: ['alias/near'],
      tags: { of: 'primary' },
      replicas: [
        { region: home, description: 'replica', aliases: ['alias/here'], tags: { of: 'replica' } },
        { region: asia, enabled: false },
      ],
    })
    const dataDirectory = temporaryDirectory()
    const use = async (server: KeywardProcess) => {
      const [near, here, far] = [sdkOf(server, europe), sdkOf(server), sdkOf(server, asia)] as const
      await decrypts(here, await encrypt(near, 'alias/near'))
      await decrypts(near, await encrypt(here, 'alias/here'))
      const keys = [await metadataOf(near, multiId), await metadataOf(here, multiId)]
      assert.deepEqual(
        keys.map(({ Description }) => Description),
        ['primary', 'replica'],
      )
      assert.equal((await metadataOf(far, multiId)).KeyState, 'Disabled')
      for (const key of keys) {
        assert.equal(key.MultiRegionConfiguration?.PrimaryKey?.Region, europe)
        const replicas = key.MultiRegionConfiguration.ReplicaKeys ?? []
        assert.deepEqual(replicas.map(({ Region }) => Region).sort(), [asia, home])
        assert.equal(key.CurrentKeyMaterialId, keys[0]?.CurrentKeyMaterialId)
      }
      const { Tags } = await here.listResourceTags({ KeyId: multiId })
      assert.deepEqual(Tags, [{ TagKey: 'of', TagValue: 'replica' }])
      return keys
    }
    const first = await duringSeed(text, { dataDirectory, environment }, use)
    assert.deepEqual(await duringSeed(text, { dataDirectory, environment }, use), first)
  })
}

test('a multi-Region key gets replicas, another primary and rotation when the file is edited', async () => {
  const dataDirectory = temporaryDirectory()
  const during = <T>(key: object, use: (server: KeywardProcess) => Promise<T>) =>
    duringSeed(seed({ id: multiId, ...key }), { dataDirectory, environment }, use)
  const primaryOf = async (sdk: Sdk) =>
    (await metadataOf(sdk, multiId)).MultiRegionConfiguration?.PrimaryKey?.Region
  const old = await during({ region: home }, async server => {
    const blob = await encrypt(sdkOf(server), multiId)
    await sdkOf(server).rotateKeyOnDemand({ KeyId: multiId })
    return blob
  })
  // The replica has the key material that came by the rotation, too.
  await during({ region: home, replicas: [{ region: europe }] }, async server => {
    await decrypts(sdkOf(server, europe), old)
    await decrypts(sdkOf(server, europe), await encrypt(sdkOf(server), multiId))
  })
  const moved = { region: europe, replicas: [{ region: home }], rotation: 365 }
  await during(moved, async server => {
    for (const region of [home, europe]) {
      assert.equal(await primaryOf(sdkOf(server, region)), europe)
      const status = await sdkOf(server, region).getKeyRotationStatus({ KeyId: multiId })
      assert.equal(status.RotationPeriodInDays, 365)
    }
    await sdkOf(server, europe).updatePrimaryRegion({ KeyId: multiId, PrimaryRegion: home })
  })
  await during(moved, async server => {
    assert.equal(await primaryOf(sdkOf(server)), home)
    await advance(server, 30)
    await sdkOf(server).replicateKey({ KeyId: multiId, ReplicaRegion: asia })
  })
  const elsewhere = { region: asia, replicas: [{ region: home }] }
  assert.match(
    await conflictOf(dataDirectory, seed({ id: multiId, ...elsewhere })),
    /conflict|differs|primary/,
  )
})

test('a multi-Region key that clients are deleting gets no replica anew', async () => {
  const dataDirectory = temporaryDirectory()
  const text = seed({ id: multiId, region: home, replicas: [{ region: europe }] })
  await duringSeed(text, { dataDirectory, environment }, async server => {
    for (const region of [europe, home]) {
      await sdkOf(server, region).scheduleKeyDeletion({ KeyId: multiId, PendingWindowInDays: 7 })
    }
    await advance(server, 8 * 86_400)
    assert.equal((await metadataOf(sdkOf(server), multiId)).KeyState, 'PendingDeletion')
  })
  await duringSeed(text, { dataDirectory, environment }, async server => {
    await assert.rejects(metadataOf(sdkOf(server, europe), multiId), { name: 'NotFoundException' })
    await advance(server, 16 * 86_400)
    await assert.rejects(metadataOf(sdkOf(server), multiId), { name: 'NotFoundException' })
  })
  // What is missing is made.
  await duringSeed(text, { dataDirectory, environment }, async server =>
    decrypts(sdkOf(server, europe), await encrypt(sdkOf(server), multiId)),
  )
})

test('other key material, spec, usage or origin than of the key there is are conflicts', async () => {
  const dataDirectory = temporaryDirectory()
  const rsa = '2234abcd-12ab-34cd-56ef-1234567890ab'
  const keys = (...changes: object[]) => {
    const known = [
      { id: keyId, material: one },
      { id: rsa, spec: 'RSA_2048', usage: 'SIGN_VERIFY' },
    ]
    return seed(...known.map((key, index) => ({ ...key, ...changes[index] })))
  }
  await duringSeed(keys(), { dataDirectory, environment }, async () => undefined)
  const cases: readonly [RegExp, object][] = [
    [/other key material/, keys({ material: two })],
    [/other key material/, keys({ material: undefined, materials: [two, one] })],
    [/another spec .*\(RSA_2048\)/, keys({}, { spec: 'RSA_3072' })],
    [/another usage .*\(SIGN_VERIFY\)/, keys({}, { usage: 'ENCRYPT_DECRYPT' })],
    [/another origin .*\(AWS_KMS\)/, keys({ origin: 'EXTERNAL' })],
    [/in the file twice/, seed({ id: keyId, material: one }, { id: keyId, material: one })],
  ]
  for (const [message, text] of cases) assert.match(await conflictOf(dataDirectory, text), message)
})

test('the example of docs/seed.md is a seed', async () => {
  const docs = readFileSync(join(checkout, 'docs/seed.md'), 'utf8')
  const example = /```yaml\n(.*?)```/s.exec(docs)?.[1]
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  await duringSeed(example, { environment }, async server => {
    const { sdk } = new TestCaller(server, { credentials })
    const { Keys = [] } = await sdk.listKeys({})
    assert.equal(Keys.length, 6)
    const near = new TestCaller(server, { credentials, region: europe }).sdk
    await decrypts(near, await encrypt(sdk, 'alias/everywhere'))
    for (const alias of ['alias/orders', 'alias/rotated', 'alias/imported']) {
      await decrypts(sdk, await encrypt(sdk, alias))
    }
    assert.equal((await metadataOf(sdk, 'alias/signer')).KeySpec, 'ECC_NIST_P256')
    const { Grants = [] } = await sdk.listGrants({ KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab' })
    assert.deepEqual(
      Grants.map(({ Name }) => Name),
      ['reports'],
    )
  })
})
