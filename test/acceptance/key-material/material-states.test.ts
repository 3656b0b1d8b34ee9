import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ImportedKeys,
  materialBytes,
  newMaterial,
  pendingImportText,
  wholeSeconds,
} from '../../fixtures/imported-keys.ts'
import { importJson, parametersFor } from '../../fixtures/importing.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../../fixtures/time-travel.ts'

// The states of keys with imported key material, and of each material of a key.

const keyward = await testServer({ hasTestClock: true })
const keys = new ImportedKeys(keyward)
const { admin } = keys
const incorrect = 'IncorrectKeyMaterialException'
const invalidState = 'KMSInvalidStateException'

test('the first material becomes current at once, and later imports must be of the same material', async () => {
  const key = await keys.make()
  const [a, b] = [materialBytes(), materialBytes()]
  assert.equal((await keys.describe(key)).CurrentKeyMaterialId, undefined)
  await keys.refusesImport(key, a, { ImportType: 'EXISTING_KEY_MATERIAL' }, incorrect)
  const idA = await keys.put(key, a)
  assert.equal((await keys.describe(key)).CurrentKeyMaterialId, idA)
  assert.equal(await keys.stateOf(key), 'Enabled')
  await admin.isRefused(
    'RotateKeyOnDemand',
    { KeyId: key.id },
    invalidState,
    `No available key material pending rotation for the key: ${key.arn}.`,
  )

  // By default the imported material must be one of the key's own.
  const expects = (id: string) => `Imported key material does not have the expected identifier (${id}).`
  const isKnown = `Key material (id: ${idA}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${key.arn}.`
  const noId = 'Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.'
  await keys.refusesImport(key, b, {}, incorrect, expects(idA))
  await keys.refusesImport(key, b, { ImportType: 'EXISTING_KEY_MATERIAL' }, incorrect, expects(idA))
  await keys.refusesImport(key, b, { KeyMaterialId: idA }, incorrect, expects(idA))
  await keys.refusesImport(key, a, { KeyMaterialId: 'a'.repeat(64) }, incorrect, expects('a'.repeat(64)))
  await keys.refusesImport(key, a, newMaterial, incorrect, isKnown)
  await keys.refusesImport(key, b, { ...newMaterial, KeyMaterialId: idA }, 'ValidationException', noId)
  assert.equal(await keys.put(key, a), idA)
  assert.equal(await keys.put(key, a, { ImportType: 'EXISTING_KEY_MATERIAL', KeyMaterialId: idA }), idA)
})

test('new material waits for a rotation on demand', async () => {
  const key = await keys.make()
  const [a, b, c] = [materialBytes(), materialBytes(), materialBytes()]
  const idA = await keys.put(key, a)
  const underA = await admin.encrypt(key.id)
  const idB = await keys.put(key, b, newMaterial)
  assert.notEqual(idB, idA)
  assert.equal((await keys.describe(key)).CurrentKeyMaterialId, idA)
  assert.equal((await keys.materialsOf(key)).get(idB)?.KeyMaterialState, 'PENDING_ROTATION')
  assert.equal((await keys.materialsOf(key)).get(idA)?.KeyMaterialState, 'CURRENT')
  const waits = new RegExp(
    `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key .*, because another key material \\(id: ${idB}\\) is pending rotation\\.$`,
  )
  await keys.refusesImport(key, c, newMaterial, invalidState, waits)
  assert.equal(await keys.put(key, b), idB)
  assert.equal(await keys.stateOf(key), 'Enabled')

  assert.deepEqual(await admin.answer('RotateKeyOnDemand', { KeyId: key.id }), { KeyId: key.arn })
  assert.equal((await keys.describe(key)).CurrentKeyMaterialId, idB)
  const materials = await keys.materialsOf(key)
  assert.partialDeepStrictEqual(materials.get(idA), {
    KeyMaterialState: 'NON_CURRENT',
    ImportState: 'IMPORTED',
  })
  assert.partialDeepStrictEqual(materials.get(idB), {
    KeyMaterialState: 'CURRENT',
    ImportState: 'IMPORTED',
    RotationType: 'ON_DEMAND',
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  })
  assert.equal(materials.get(idA)?.RotationDate, undefined)
  const { KeyMaterialId } = await admin.sdk.decrypt({ CiphertextBlob: Buffer.from(underA, 'base64') })
  assert.equal(KeyMaterialId, idA)
  await keys.refusesImport(key, a, newMaterial, incorrect)
  const idC = await keys.put(key, c, newMaterial)
  assert.equal((await keys.materialsOf(key)).get(idC)?.KeyMaterialState, 'PENDING_ROTATION')
})

test('a key works only with all of its materials', async () => {
  const key = await keys.make()
  const [a, b] = [materialBytes(), materialBytes()]
  const idA = await keys.put(key, a)
  const underA = await admin.encrypt(key.id)
  const idB = await keys.put(key, b, newMaterial)
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
  const underB = await admin.encrypt(key.id)
  const refusesUse = async () => {
    assert.equal(await keys.stateOf(key), 'PendingImport')
    for (const CiphertextBlob of [underA, underB]) {
      await admin.isRefused('Decrypt', { CiphertextBlob }, invalidState, pendingImportText(key))
    }
    await admin.isRefused(
      'Encrypt',
      { KeyId: key.id, Plaintext: 'YQ==' },
      invalidState,
      pendingImportText(key),
    )
    await admin.isRefused('RotateKeyOnDemand', { KeyId: key.id }, invalidState, pendingImportText(key))
    for (const toggle of ['EnableKey', 'DisableKey']) {
      await admin.isRefused(toggle, { KeyId: key.id }, invalidState, pendingImportText(key))
    }
  }
  const deleted = await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id, KeyMaterialId: idA })
  assert.deepEqual(deleted, { KeyId: key.arn, KeyMaterialId: idA })
  await refusesUse()
  assert.equal((await keys.materialsOf(key)).get(idA)?.ImportState, 'PENDING_IMPORT')
  assert.equal((await keys.materialsOf(key)).get(idB)?.ImportState, 'IMPORTED')
  // Without an id, DeleteImportedKeyMaterial deletes the current material.
  assert.equal((await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id }))['KeyMaterialId'], idB)
  assert.equal((await keys.describe(key)).CurrentKeyMaterialId, idB)
  assert.equal((await keys.describe(key)).ExpirationModel, undefined)
  await refusesUse()
  await keys.put(key, b)
  await refusesUse()
  await keys.refusesImport(key, materialBytes(), {}, incorrect)
  await keys.put(key, a, { KeyMaterialId: idA })
  assert.equal(await keys.stateOf(key), 'Enabled')
  for (const CiphertextBlob of [underA, underB]) await admin.answer('Decrypt', { CiphertextBlob })
})

test('importing, deleting and expiring of pending material does not affect the key', async () => {
  const key = await keys.make()
  const [a, b, c] = [materialBytes(), materialBytes(), materialBytes()]
  const idA = await keys.put(key, a)
  const idB = await keys.put(key, b, newMaterial)
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id, KeyMaterialId: idB })
  assert.equal(await keys.stateOf(key), 'Enabled')
  assert.equal((await keys.materialsOf(key)).has(idB), false)
  await admin.isRefused('RotateKeyOnDemand', { KeyId: key.id }, invalidState)
  assert.equal(await keys.put(key, b, newMaterial), idB)
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id, KeyMaterialId: idB })
  const ValidTo = wholeSeconds((await timeAt(keyward)) + 2 * dayMillis)
  const idC = await keys.put(key, c, { ...newMaterial, ValidTo })
  assert.equal((await keys.describe(key)).ValidTo, undefined)
  await advance(keyward, 3 * daySeconds)
  assert.equal(await keys.stateOf(key), 'Enabled')
  assert.deepEqual((await keys.materialsOf(key)).get(idC), {
    ImportState: 'IMPORTED',
    KeyMaterialState: 'PENDING_ROTATION',
    ExpirationModel: 'KEY_MATERIAL_EXPIRES',
    ValidTo,
  })
  assert.equal((await keys.describe(key)).CurrentKeyMaterialId, idA)
  await admin.encrypt(key.id)
})

test('the description of a key material stays until an import replaces it', async () => {
  const key = await keys.make()
  const material = materialBytes()
  const id = await keys.put(key, material, { KeyMaterialDescription: 'from the safe' })
  const description = async () => (await keys.materialsOf(key)).get(id)?.KeyMaterialDescription
  assert.equal(await description(), 'from the safe')
  await keys.put(key, material)
  assert.equal(await description(), 'from the safe')
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
  assert.equal(await description(), 'from the safe')
  await keys.put(key, material)
  assert.equal(await description(), 'from the safe')
  await keys.put(key, material, { KeyMaterialDescription: 'from the other safe' })
  assert.equal(await description(), 'from the other safe')
  await keys.refusesImport(key, material, { KeyMaterialDescription: 'né' }, 'ValidationException')
})

test('an import enables a disabled key, but a key pending deletion refuses imports', async () => {
  const key = await keys.make()
  const material = materialBytes()
  await keys.put(key, material)
  await admin.sdk.disableKey({ KeyId: key.id })
  await keys.put(key, material)
  assert.equal(await keys.stateOf(key), 'Enabled')
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
  assert.equal(await keys.stateOf(key), 'PendingImport')
  await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id })
  await keys.put(key, material)
  assert.equal(await keys.stateOf(key), 'Enabled')
  const input = importJson(key.id, await parametersFor(admin, key.id), material)
  await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
  await admin.isRefused('ImportKeyMaterial', input, invalidState)
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
  await admin.isRefused('GetParametersForImport', { KeyId: key.id, ...wrapping }, invalidState)
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
  assert.equal(await keys.stateOf(key), 'PendingDeletion')
  await admin.sdk.cancelKeyDeletion({ KeyId: key.id })
  assert.equal(await keys.stateOf(key), 'PendingImport')
  await keys.put(key, material)
  assert.equal(await keys.stateOf(key), 'Enabled')
})

test('missing material can be deleted again, but an unknown material id is refused', async () => {
  const key = await keys.make()
  const deletes = (KeyMaterialId?: string) =>
    admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id, KeyMaterialId })
  assert.deepEqual(await deletes(), { KeyId: key.arn })
  const id = await keys.put(key, materialBytes())
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(await deletes(), { KeyId: key.arn, KeyMaterialId: id })
    assert.deepEqual((await keys.materialsOf(key)).get(id), {
      ImportState: 'PENDING_IMPORT',
      KeyMaterialState: 'CURRENT',
    })
  }
  const unknown = '0'.repeat(64)
  const text = `Key material (id: ${unknown}) has never been imported into KMS key ${key.arn}.`
  const input = { KeyId: key.id, KeyMaterialId: unknown }
  await admin.isRefused('DeleteImportedKeyMaterial', input, 'ValidationException', text)
})

test('a key without its material is pending import, also after a cancelled deletion', async () => {
  const never = await keys.make()
  const lost = await keys.make()
  await keys.put(lost, materialBytes())
  for (const key of [never, lost]) {
    await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
    if (key === lost) await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
    await admin.sdk.cancelKeyDeletion({ KeyId: key.id })
    await admin.isRefused('EnableKey', { KeyId: key.id }, invalidState, pendingImportText(key))
    await admin.isRefused(
      'Encrypt',
      { KeyId: key.id, Plaintext: 'YQ==' },
      invalidState,
      pendingImportText(key),
    )
    assert.equal(await keys.stateOf(key), 'PendingImport')
  }
})
