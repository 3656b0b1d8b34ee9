import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64, type makeKey } from '../../fixtures/caller.ts'
import { materialBytes, newMaterial } from '../../fixtures/imported-keys.ts'
import { importJson, importMaterial, makeMaterial, parametersFor } from '../../fixtures/importing.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../../fixtures/time-travel.ts'
import {
  arnIn,
  asia,
  europe,
  home,
  multiRegionWorld,
  type Region,
} from '../../fixtures/worlds/multi-region.ts'

const { keyward, at, describe, stateOf, settle, replicate, ...world } = await multiRegionWorld()
const invalidState = 'KMSInvalidStateException'
const pendingEverywhere = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'

/** A primary without key material. */
const makePrimary = async (input: Parameters<typeof makeKey>[1] = {}) =>
  (await world.makePrimary({ Origin: 'EXTERNAL', ...input })).id

/** Imports key material in a Region and returns its id. */
async function put(region: Region, id: string, material: Uint8Array, options: object = {}): Promise<string> {
  return (await importMaterial(at(region), id, material, options)).KeyMaterialId ?? ''
}

async function refusesImport(
  region: Region,
  id: string,
  material: Uint8Array,
  change: object,
  code: string,
  text?: string,
) {
  const input = importJson(id, await parametersFor(at(region), id), material)
  await at(region).isRefused('ImportKeyMaterial', { ...input, ...change }, code, text)
}

// Recorded from AWS.
const newAtReplica = 'Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys'
const notAtReplicas =
  'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.'

async function materialState(region: Region, id: string, materialId: string) {
  const { Rotations = [] } = await at(region).sdk.listKeyRotations({
    KeyId: id,
    IncludeKeyMaterial: 'ALL_KEY_MATERIAL',
  })
  const found = Rotations.find(entry => entry.KeyMaterialId === materialId)
  return found && [found.KeyMaterialState, found.ImportState]
}

/** A primary and its replica in Europe, with the same first material in both. */
async function makePair() {
  const id = await makePrimary()
  const first = materialBytes()
  const idFirst = await put(home, id, first)
  await replicate(id, europe)
  assert.equal(await put(europe, id, first), idFirst)
  return { id, first, idFirst }
}

test('a key without its material cannot be replicated', async () => {
  const id = await makePrimary()
  await at(home).isRefused(
    'ReplicateKey',
    { KeyId: id, ReplicaRegion: europe },
    invalidState,
    `${arnIn(home, id)} is pending import.`,
  )
})

test('each Region needs an import of the same material, and has its own expiration', async () => {
  const id = await makePrimary()
  const material = materialBytes()
  const materialId = await put(home, id, material)
  const { ReplicaKeyMetadata } = await at(home).sdk.replicateKey({ KeyId: id, ReplicaRegion: europe })
  // Recorded from AWS, although the replica has no material yet.
  assert.equal(ReplicaKeyMetadata?.ExpirationModel, 'KEY_MATERIAL_DOES_NOT_EXPIRE')
  await settle()
  assert.equal(await stateOf(europe, id), 'PendingImport')
  assert.equal((await describe(europe, id)).ExpirationModel, undefined)
  await at(europe).isRefused(
    'Encrypt',
    { KeyId: id, Plaintext: 'YQ==' },
    invalidState,
    `${arnIn(europe, id)} is pending import.`,
  )
  await refusesImport(europe, id, materialBytes(), {}, 'IncorrectKeyMaterialException')
  // Import parameters are valid in their own Region only.
  const parameters = await parametersFor(at(home), id)
  const input = importJson(id, parameters, material)
  await at(europe).isRefused('ImportKeyMaterial', input, 'InvalidImportTokenException')
  assert.equal(await stateOf(europe, id), 'PendingImport')
  const ValidTo = new Date((await timeAt(keyward)) + 5 * dayMillis)
  assert.equal(await put(europe, id, material, { ValidTo }), materialId)
  assert.equal(await stateOf(europe, id), 'Enabled')
  assert.equal((await describe(home, id)).ExpirationModel, 'KEY_MATERIAL_DOES_NOT_EXPIRE')
  assert.equal((await describe(europe, id)).ExpirationModel, 'KEY_MATERIAL_EXPIRES')
  await at(europe).answer('Decrypt', { CiphertextBlob: await at(home).encrypt(id) })
  const blob = await at(europe).encrypt(id)
  await advance(keyward, 6 * daySeconds)
  assert.equal(await stateOf(europe, id), 'PendingImport')
  assert.equal(await stateOf(home, id), 'Enabled')
  await at(home).answer('Decrypt', { CiphertextBlob: blob })
})

test('new material is imported in the primary, then in the replicas, and then all rotate', async () => {
  const { id, idFirst } = await makePair()
  const next = materialBytes()
  await refusesImport(europe, id, next, newMaterial, 'ValidationException', newAtReplica)
  const described = { KeyMaterialDescription: 'd' }
  const atPrimary = 'Key material description can only be specified on primary Multi-Region keys'
  await refusesImport(europe, id, next, described, 'ValidationException', atPrimary)
  const idNext = await put(home, id, next, newMaterial)
  assert.equal((await materialState(home, id, idNext))?.[0], pendingEverywhere)
  await at(home).isRefused('RotateKeyOnDemand', { KeyId: id }, invalidState, notAtReplicas)
  await refusesImport(europe, id, materialBytes(), {}, 'IncorrectKeyMaterialException')
  await refusesImport(home, id, materialBytes(), newMaterial, invalidState)
  assert.equal(await put(europe, id, next, { ImportType: 'EXISTING_KEY_MATERIAL' }), idNext)
  for (const region of [home, europe] as const) {
    assert.deepEqual(await materialState(region, id, idNext), ['PENDING_ROTATION', 'IMPORTED'])
    assert.equal((await describe(region, id)).CurrentKeyMaterialId, idFirst)
  }
  const blob = await at(europe).encrypt(id)
  await at(home).answer('RotateKeyOnDemand', { KeyId: id })
  for (const region of [home, europe] as const) {
    assert.deepEqual(await materialState(region, id, idNext), ['CURRENT', 'IMPORTED'])
    assert.deepEqual(await materialState(region, id, idFirst), ['NON_CURRENT', 'IMPORTED'])
    assert.equal((await describe(region, id)).CurrentKeyMaterialId, idNext)
    await at(region).answer('Decrypt', { CiphertextBlob: blob })
  }
  await at(home).answer('Decrypt', { CiphertextBlob: await at(europe).encrypt(id) })
})

test('pending material deleted in the primary is deleted everywhere, in a replica only there', async () => {
  const { id } = await makePair()
  const next = materialBytes()
  const idNext = await put(home, id, next, newMaterial)
  await put(europe, id, next)
  await at(europe).answer('DeleteImportedKeyMaterial', { KeyId: id, KeyMaterialId: idNext })
  assert.equal(await stateOf(europe, id), 'Enabled')
  assert.deepEqual(await materialState(home, id, idNext), [pendingEverywhere, 'IMPORTED'])
  await at(home).isRefused('RotateKeyOnDemand', { KeyId: id }, invalidState)
  await put(europe, id, next)
  await at(home).answer('DeleteImportedKeyMaterial', { KeyId: id, KeyMaterialId: idNext })
  for (const region of [home, europe] as const) {
    assert.equal(await stateOf(region, id), 'Enabled')
    assert.equal(await materialState(region, id, idNext), undefined)
  }
})

test('a replica made while material is pending stops the rotation until it has the material', async () => {
  const { id, first, idFirst } = await makePair()
  const next = materialBytes()
  const idNext = await put(home, id, next, newMaterial)
  await put(europe, id, next)
  assert.equal((await materialState(home, id, idNext))?.[0], 'PENDING_ROTATION')
  await replicate(id, asia)
  assert.equal(await put(asia, id, first), idFirst)
  assert.equal(await stateOf(asia, id), 'Enabled')
  // The material is ready "when the last replica has it", and the new replica does not have it.
  assert.equal((await materialState(home, id, idNext))?.[0], pendingEverywhere)
  await at(home).isRefused('RotateKeyOnDemand', { KeyId: id }, invalidState)
  await at(asia).answer('Decrypt', { CiphertextBlob: await at(asia).encrypt(id) })
  assert.equal(await put(asia, id, next), idNext)
  await at(home).answer('RotateKeyOnDemand', { KeyId: id })
  await at(home).answer('Decrypt', { CiphertextBlob: await at(asia).encrypt(id) })
})

test('pending material does not wait for a deleted replica', async () => {
  const { id, first } = await makePair()
  await replicate(id, asia)
  await put(asia, id, first)
  const next = materialBytes()
  const idNext = await put(home, id, next, newMaterial)
  await put(europe, id, next)
  assert.equal((await materialState(home, id, idNext))?.[0], pendingEverywhere)
  await at(asia).sdk.scheduleKeyDeletion({ KeyId: id, PendingWindowInDays: 7 })
  await advance(keyward, 8 * daySeconds)
  assert.equal((await materialState(home, id, idNext))?.[0], 'PENDING_ROTATION')
  await at(home).answer('RotateKeyOnDemand', { KeyId: id })
})

test('asymmetric and HMAC multi-Region keys take the same material in each Region', async () => {
  for (const [KeySpec, KeyUsage] of [
    ['ECC_NIST_P256', 'SIGN_VERIFY'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ] as const) {
    const id = await makePrimary({ KeySpec, KeyUsage })
    const material = makeMaterial(KeySpec)
    await put(home, id, material)
    await replicate(id, europe)
    assert.equal(await stateOf(europe, id), 'PendingImport')
    await refusesImport(europe, id, makeMaterial(KeySpec), {}, 'IncorrectKeyMaterialException')
    await put(europe, id, material)
    const Message = base64('m')
    if (KeySpec === 'HMAC_256') {
      const input = { KeyId: id, Message, MacAlgorithm: 'HMAC_SHA_256' }
      const { Mac } = await at(home).answer('GenerateMac', input)
      await at(europe).answer('VerifyMac', { ...input, Mac })
    } else {
      const input = { KeyId: id, Message, SigningAlgorithm: 'ECDSA_SHA_256' }
      const { Signature } = await at(europe).answer('Sign', input)
      await at(home).answer('Verify', { ...input, Signature })
    }
  }
})

test('a replica that becomes the primary takes new material', async () => {
  const { id } = await makePair()
  await at(home).sdk.updatePrimaryRegion({ KeyId: id, PrimaryRegion: europe })
  await settle()
  const next = materialBytes()
  await refusesImport(home, id, next, newMaterial, 'ValidationException', newAtReplica)
  const idNext = await put(europe, id, next, newMaterial)
  await put(home, id, next)
  await at(europe).answer('RotateKeyOnDemand', { KeyId: id })
  for (const region of [home, europe] as const) {
    assert.equal((await describe(region, id)).CurrentKeyMaterialId, idNext)
  }
})
