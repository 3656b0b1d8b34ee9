import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type KeywardProcess, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { duringSeed } from '../../fixtures/seed.ts'
import { advance, dayMillis } from '../../fixtures/time-travel.ts'
import {
  conflictOf,
  decrypts,
  encrypt,
  environment,
  keyId,
  metadataOf,
  one,
  rotationsOf,
  type Sdk,
  sdkOf,
  secret,
  seedWith,
  three,
  two,
} from './seeded-keys.ts'

// The key material that a seed file gives to keys.

/** A ciphertext of a key that is seeded with this and nothing else. It shows which key material another key has. */
const blobUnder = (key: object) =>
  duringSeed(seedWith({ id: keyId, ...key }), { environment }, server => encrypt(sdkOf(server), keyId))

test('a rotated key encrypts under its last key material and decrypts under every one', async () => {
  const blobs = [await blobUnder({ material: one }), await blobUnder({ material: two })]
  const newest = await blobUnder({ material: three })
  const rotated = seedWith({ id: keyId, materials: [one, two, three] })
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
  await duringSeed(seedWith({ id: keyId, material: three }), { environment }, server =>
    decrypts(sdkOf(server), made),
  )
})

test('the file turns on automatic rotation, and clients and edits of the file may change it', async () => {
  const dataDirectory = temporaryDirectory()
  const during = <T>(rotation: number | undefined, use: (sdk: Sdk, server: KeywardProcess) => Promise<T>) =>
    duringSeed(seedWith({ id: keyId, material: one, rotation }), { dataDirectory, environment }, server =>
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
    // The next start has the clock of the system again, so the schedule must start again.
    await sdk.enableKeyRotation({ KeyId: keyId, RotationPeriodInDays: 90 })
  })
  await during(120, async sdk => {
    assert.equal((await statusOf(sdk)).RotationPeriodInDays, 120)
    assert.equal((await rotationsOf(sdk, keyId)).length, 2)
    await sdk.disableKeyRotation({ KeyId: keyId })
  })
  await during(120, async sdk => assert.equal((await statusOf(sdk)).KeyRotationEnabled, false))
  const said = await conflictOf(dataDirectory, seedWith({ id: keyId, material: one, rotation: 200 }))
  assert.match(said, /automatic rotation/)
  await during(undefined, async sdk => assert.equal((await statusOf(sdk)).KeyRotationEnabled, false))
})

const ids = ['a', 'b', 'c', 'd', 'e'].map(letter => keyId.replace('1234abcd', letter.repeat(8)))
const [expiring = '', waiting = '', expired = '', empty = '', late = ''] = ids
const macSecret = randomBytes(32)
const expires = new Date(Date.now() + 30 * dayMillis).toISOString()
const importedKeys = seedWith(
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

async function hasMaterialThatExpires(sdk: Sdk): Promise<void> {
  const key = await metadataOf(sdk, expiring)
  assert.equal(key.Origin, 'EXTERNAL')
  assert.equal(key.ExpirationModel, 'KEY_MATERIAL_EXPIRES')
  assert.equal(key.ValidTo?.toISOString(), expires)
  const input = { KeyId: expiring, Message: secret, MacAlgorithm: 'HMAC_SHA_256' as const }
  const { Mac } = await sdk.generateMac(input)
  assert.deepEqual(Buffer.from(Mac ?? []), createHmac('sha256', macSecret).update(secret).digest())
}

async function hasMaterialThatWaitsForRotation(sdk: Sdk): Promise<void> {
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
}

async function lacksMaterial(sdk: Sdk): Promise<void> {
  const gone = await metadataOf(sdk, expired)
  assert.equal(gone.KeyState, 'PendingImport')
  assert.match(gone.CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/)
  const none = await metadataOf(sdk, empty)
  assert.equal(none.KeyState, 'PendingImport')
  assert.equal(none.CurrentKeyMaterialId, undefined)
}

async function hasPendingMaterialThatHasExpired(sdk: Sdk): Promise<void> {
  assert.equal((await metadataOf(sdk, late)).KeyState, 'Enabled')
  const [, pending] = await rotationsOf(sdk, late)
  assert.deepEqual([pending?.KeyMaterialState, pending?.ImportState], ['PENDING_ROTATION', 'IMPORTED'])
  await sdk.rotateKeyOnDemand({ KeyId: late })
  assert.equal((await metadataOf(sdk, late)).KeyState, 'PendingImport')
}

test('imported key material may expire, have a description, be pending, be expired or be missing', async () => {
  const dataDirectory = temporaryDirectory()
  await duringSeed(importedKeys, { dataDirectory, environment }, async server => {
    const sdk = sdkOf(server)
    await hasMaterialThatExpires(sdk)
    await hasMaterialThatWaitsForRotation(sdk)
    await lacksMaterial(sdk)
    await hasPendingMaterialThatHasExpired(sdk)
    await sdk.deleteImportedKeyMaterial({ KeyId: expiring })
    await advance(server, 1)
  })
  // The file does not undo what clients did with the key material. It applies an edited description, but no state.
  const text = JSON.stringify(importedKeys)
  const edited = JSON.parse(text.replace(`"id":"${expiring}"`, `$&,"description":"new"`))
  await duringSeed(edited, { dataDirectory, environment }, async server => {
    const sdk = sdkOf(server)
    const key = await metadataOf(sdk, expiring)
    assert.equal(key.KeyState, 'PendingImport')
    assert.equal(key.Description, 'new')
    const states = (await rotationsOf(sdk, waiting)).map(rotation => rotation.KeyMaterialState)
    assert.deepEqual(states, ['NON_CURRENT', 'NON_CURRENT', 'CURRENT'])
  })
  const changed = JSON.parse(JSON.stringify(edited).replace('the next', 'the last'))
  assert.match(
    await conflictOf(dataDirectory, changed),
    /has different key material .* give the key a different id/,
  )
})

test('imported key material expires at the time that the file gives', async () => {
  const expires = new Date(Date.now() + dayMillis).toISOString()
  const key = { id: keyId, origin: 'EXTERNAL', material: { material: one, expires } }
  await duringSeed(seedWith(key), { environment }, async server => {
    await encrypt(sdkOf(server), keyId)
    await advance(server, 86_401)
    assert.equal((await metadataOf(sdkOf(server), keyId)).KeyState, 'PendingImport')
  })
})

test('a key material, spec, usage or origin that differs from the existing key is a conflict', async () => {
  const dataDirectory = temporaryDirectory()
  const rsa = '2234abcd-12ab-34cd-56ef-1234567890ab'
  const keys = (...changes: object[]) => {
    const known = [
      { id: keyId, material: one },
      { id: rsa, spec: 'RSA_2048', usage: 'SIGN_VERIFY' },
    ]
    return seedWith(...known.map((key, index) => ({ ...key, ...changes[index] })))
  }
  await duringSeed(keys(), { dataDirectory, environment }, async () => undefined)
  const cases: readonly [RegExp, object][] = [
    [/different key material/, keys({ material: two })],
    [/different key material/, keys({ material: undefined, materials: [two, one] })],
    [/different spec .*\(RSA_2048\)/, keys({}, { spec: 'RSA_3072' })],
    [/different usage .*\(SIGN_VERIFY\)/, keys({}, { usage: 'ENCRYPT_DECRYPT' })],
    [/different origin .*\(AWS_KMS\)/, keys({ origin: 'EXTERNAL' })],
    [/in the file twice/, seedWith({ id: keyId, material: one }, { id: keyId, material: one })],
  ]
  for (const [message, text] of cases) assert.match(await conflictOf(dataDirectory, text), message)
})
