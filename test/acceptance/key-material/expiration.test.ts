import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestKey } from '../../fixtures/caller.ts'
import {
  ImportedKeys,
  materialBytes,
  newMaterial,
  pendingImportText,
  wholeSeconds,
} from '../../fixtures/imported-keys.ts'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../../fixtures/time-travel.ts'

// The expiration of imported key material.

const keyward = await testServer({ hasTestClock: true })
const keys = new ImportedKeys(keyward)
const { admin } = keys
const incorrect = 'IncorrectKeyMaterialException'
const invalidState = 'KMSInvalidStateException'

test('an import must have a valid expiration model and date', async () => {
  const key = await keys.make()
  const material = materialBytes()
  const inSeconds = async (seconds: number) => (await timeAt(keyward)) / 1000 + seconds
  const refuses = (change: object, text?: string) =>
    keys.refusesImport(key, material, { ...change }, 'ValidationException', text)
  const needed = 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'
  await refuses({ ExpirationModel: undefined }, needed)
  await refuses({ ExpirationModel: 'KEY_MATERIAL_EXPIRES' }, needed)
  await refuses({ ValidTo: await inSeconds(1000) })
  const expires = { ExpirationModel: 'KEY_MATERIAL_EXPIRES' }
  await refuses({ ...expires, ValidTo: await inSeconds(-10) }, 'ValidTo must be in the future')
  const tooFar = 'ValidTo must be less than 365 days in the future'
  await refuses({ ...expires, ValidTo: await inSeconds(365 * daySeconds + 60) }, tooFar)
  assert.equal(await keys.stateOf(key), 'PendingImport')
  const end = wholeSeconds((await timeAt(keyward)) + 364 * dayMillis)
  // AWS keeps whole seconds.
  await keys.put(key, material, { ValidTo: new Date(end.getTime() + 955) })
  const metadata = await keys.describe(key)
  assert.equal(metadata.ExpirationModel, 'KEY_MATERIAL_EXPIRES')
  assert.equal(metadata.ValidTo?.getTime(), end.getTime())
  // A second import of the same material changes its expiration.
  await keys.put(key, material)
  const after = await keys.describe(key)
  assert.deepEqual([after.ExpirationModel, after.ValidTo], ['KEY_MATERIAL_DOES_NOT_EXPIRE', undefined])
})

test('ValidTo of the key is the earliest one of its materials; the deletion of expired material is on record', async () => {
  const key = await keys.make()
  const [a, b] = [materialBytes(), materialBytes()]
  const now = await timeAt(keyward)
  const [soon, later] = [wholeSeconds(now + 5 * dayMillis), wholeSeconds(now + 9 * dayMillis)]
  const idA = await keys.put(key, a, { ValidTo: soon })
  const idB = await keys.put(key, b, { ...newMaterial, ValidTo: later })
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
  assert.equal((await keys.describe(key)).ValidTo?.getTime(), soon.getTime())
  assert.equal((await keys.materialsOf(key)).get(idB)?.ValidTo?.getTime(), later.getTime())
  const blob = await admin.encrypt(key.id)
  await advance(keyward, 5 * daySeconds)
  assert.equal(await keys.stateOf(key), 'PendingImport')
  await admin.isRefused('Decrypt', { CiphertextBlob: blob }, invalidState, pendingImportText(key))
  // AWS still shows expired material as imported.
  const materials = await keys.materialsOf(key)
  const shown = { ImportState: 'IMPORTED', ExpirationModel: 'KEY_MATERIAL_EXPIRES' }
  assert.partialDeepStrictEqual(materials.get(idA), { ...shown, ValidTo: soon })
  assert.partialDeepStrictEqual(materials.get(idB), { ...shown, ValidTo: later })
  const events = readAuditRecords(keyward.dataDirectory).filter(
    ({ eventName }) => eventName === 'DeleteExpiredKeyMaterial',
  )
  const mine = events.filter(({ resources }) => JSON.stringify(resources).includes(key.arn))
  assert.equal(mine.length, 1)
  assert.partialDeepStrictEqual(mine[0], {
    eventType: 'AwsServiceEvent',
    eventSource: 'kms.amazonaws.com',
    serviceEventDetails: { keyId: key.id, keyMaterialId: idA },
  })
  await keys.put(key, a)
  assert.equal(await keys.stateOf(key), 'Enabled')
  await admin.answer('Decrypt', { CiphertextBlob: blob })
})

test('expired material cannot be used, even before the job has deleted it', async () => {
  const key = await keys.make()
  const material = materialBytes()
  await keys.put(key, material)
  const blob = await admin.encrypt(key.id)
  await keys.putExpired(key, material)
  await admin.isRefused('Decrypt', { CiphertextBlob: blob }, invalidState, pendingImportText(key))
  await admin.isRefused('Encrypt', { KeyId: key.id, Plaintext: 'YQ==' }, invalidState, pendingImportText(key))
  assert.equal(await keys.stateOf(key), 'PendingImport')
})

test('every operation treats expired material as missing, even before the job has deleted it', async () => {
  const key = await keys.make()
  const other = await keys.make()
  const putExpired = (expiring: TestKey) => keys.putExpired(expiring, materialBytes())
  const [id, idOther] = await Promise.all([putExpired(key), putExpired(other)])
  assert.equal(await keys.stateOf(key), 'PendingImport')
  const metadata = await keys.describe(key)
  assert.deepEqual([metadata.ExpirationModel, metadata.ValidTo], [undefined, undefined])
  // The material was imported, and ListKeyRotations shows that.
  assert.equal((await keys.materialsOf(key)).get(id)?.ImportState, 'IMPORTED')
  assert.equal((await keys.materialsOf(other)).get(idOther)?.ImportState, 'IMPORTED')
  for (const operation of ['EnableKey', 'DisableKey']) {
    await admin.isRefused(operation, { KeyId: key.id }, invalidState, pendingImportText(key))
  }
})
// Recorded from AWS.
for (const when of ['before the job has deleted it', 'after the job has deleted it'] as const) {
  test(`expired pending material still waits for a rotation, and the key rotates to it without its bytes: ${when}`, async () => {
    const key = await keys.make()
    const [a, b] = [materialBytes(), materialBytes()]
    const idA = await keys.put(key, a)
    const ciphertext = await admin.encrypt(key.id)
    const idB = await keys.putExpired(key, b, newMaterial)
    if (when.startsWith('after')) await advance(keyward, daySeconds)
    assert.equal(await keys.stateOf(key), 'Enabled')
    await admin.encrypt(key.id)
    const isKnown = `Key material (id: ${idB}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${key.arn}.`
    await keys.refusesImport(key, b, newMaterial, incorrect, isKnown)
    await keys.refusesImport(key, materialBytes(), newMaterial, invalidState, /is pending rotation\.$/)
    const { ValidTo } = (await keys.materialsOf(key)).get(idB) ?? {}

    await admin.answer('RotateKeyOnDemand', { KeyId: key.id })
    const metadata = await keys.describe(key)
    assert.deepEqual([metadata.KeyState, metadata.CurrentKeyMaterialId], ['PendingImport', idB])
    assert.equal((await keys.materialsOf(key)).get(idA)?.KeyMaterialState, 'NON_CURRENT')
    assert.partialDeepStrictEqual((await keys.materialsOf(key)).get(idB), {
      ImportState: 'IMPORTED',
      KeyMaterialState: 'CURRENT',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo,
      RotationType: 'ON_DEMAND',
    })
    await admin.isRefused(
      'Encrypt',
      { KeyId: key.id, Plaintext: 'YQ==' },
      invalidState,
      pendingImportText(key),
    )
    await admin.isRefused('Decrypt', { CiphertextBlob: ciphertext }, invalidState, pendingImportText(key))
    assert.equal(await keys.put(key, b), idB)
    assert.equal(await keys.stateOf(key), 'Enabled')
    await admin.answer('Decrypt', { CiphertextBlob: ciphertext })
    await admin.encrypt(key.id)
  })
}

test('new material can replace expired pending material that was deleted', async () => {
  const key = await keys.make()
  await keys.put(key, materialBytes())
  const KeyMaterialId = await keys.putExpired(key, materialBytes(), newMaterial)
  await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id, KeyMaterialId })
  assert.equal((await keys.materialsOf(key)).has(KeyMaterialId), false)
  const next = await keys.put(key, materialBytes(), newMaterial)
  await admin.answer('RotateKeyOnDemand', { KeyId: key.id })
  assert.equal((await keys.describe(key)).CurrentKeyMaterialId, next)
  assert.equal(await keys.stateOf(key), 'Enabled')
})
