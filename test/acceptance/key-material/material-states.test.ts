import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ImportType } from '@aws-sdk/client-kms'
import { makeKey, TestCaller, type TestKey } from '../../fixtures/caller.ts'
import { importJson, importMaterial, importRequest, parametersFor } from '../../fixtures/importing.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { advance, dayMillis, daySeconds, timeAt } from '../../fixtures/time-travel.ts'

let keyward: KeywardProcess
let admin: TestCaller
before(async () => {
  keyward = await startKeyward({ environment: { KEYWARD_TEST_CLOCK: 'except-signatures' } })
  admin = new TestCaller(keyward)
})
after(() => keyward.stop())

const incorrect = 'IncorrectKeyMaterialException'
const invalidState = 'KMSInvalidStateException'
const NEW = { ImportType: 'NEW_KEY_MATERIAL' } as const
const bytes = () => randomBytes(32)
const pendingImport = ({ arn }: TestKey) => `${arn} is pending import.`
const wholeSeconds = (millis: number) => new Date(Math.floor(millis / 1000) * 1000)

const makeImported = () => makeKey(admin, { Origin: 'EXTERNAL' })
const describe = async ({ id }: TestKey) => (await admin.sdk.describeKey({ KeyId: id })).KeyMetadata
const stateOf = async (key: TestKey) => (await describe(key))?.KeyState

/** Imports and gives the id of the material. */
async function put(key: TestKey, material: Uint8Array, options: Parameters<typeof importMaterial>[3] = {}) {
  const { KeyId, KeyMaterialId = '' } = await importMaterial(admin, key.id, material, options)
  assert.equal(KeyId, key.arn)
  return KeyMaterialId
}

async function refusesImport(
  key: TestKey,
  material: Uint8Array,
  change: Record<string, unknown>,
  code: string,
  text?: string | RegExp,
) {
  const before = await snapshot(key)
  const input = importJson(key.id, await parametersFor(admin, key.id), material)
  await admin.isRefused('ImportKeyMaterial', { ...input, ...change }, code, text)
  assert.deepEqual(await snapshot(key), before)
}

async function materialsOf({ id }: TestKey) {
  const { Rotations = [] } = await admin.sdk.listKeyRotations({
    KeyId: id,
    IncludeKeyMaterial: 'ALL_KEY_MATERIAL',
  })
  return new Map(Rotations.map(({ KeyMaterialId = '', KeyId: _, ...rest }) => [KeyMaterialId, rest]))
}

const snapshot = async (key: TestKey) => [await describe(key), [...(await materialsOf(key))]]

async function encrypt({ id }: TestKey): Promise<string> {
  const answer = await admin.answer('Encrypt', { KeyId: id, Plaintext: 'YWJj' })
  return String(answer['CiphertextBlob'])
}

test('the first material becomes current at once; new material waits for a rotation on demand', async () => {
  const key = await makeImported()
  const [a, b, c] = [bytes(), bytes(), bytes()]
  assert.equal((await describe(key))?.CurrentKeyMaterialId, undefined)
  await refusesImport(key, a, { ImportType: 'EXISTING_KEY_MATERIAL' }, incorrect)
  const idA = await put(key, a)
  assert.equal((await describe(key))?.CurrentKeyMaterialId, idA)
  assert.equal(await stateOf(key), 'Enabled')
  const underA = await encrypt(key)
  await admin.isRefused(
    'RotateKeyOnDemand',
    { KeyId: key.id },
    invalidState,
    `No available key material pending rotation for the key: ${key.arn}.`,
  )

  // By default what comes now must be the key's own.
  const expects = (id: string) => `Imported key material does not have the expected identifier (${id}).`
  const isKnown = `Key material (id: ${idA}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${key.arn}.`
  const noId = 'Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.'
  await refusesImport(key, b, {}, incorrect, expects(idA))
  await refusesImport(key, b, { ImportType: 'EXISTING_KEY_MATERIAL' }, incorrect, expects(idA))
  await refusesImport(key, b, { KeyMaterialId: idA }, incorrect, expects(idA))
  await refusesImport(key, a, { KeyMaterialId: 'a'.repeat(64) }, incorrect, expects('a'.repeat(64)))
  await refusesImport(key, a, NEW, incorrect, isKnown)
  await refusesImport(key, b, { ...NEW, KeyMaterialId: idA }, 'ValidationException', noId)
  assert.equal(await put(key, a), idA)
  assert.equal(await put(key, a, { ImportType: 'EXISTING_KEY_MATERIAL', KeyMaterialId: idA }), idA)

  const idB = await put(key, b, NEW)
  assert.notEqual(idB, idA)
  assert.equal((await describe(key))?.CurrentKeyMaterialId, idA)
  assert.equal((await materialsOf(key)).get(idB)?.KeyMaterialState, 'PENDING_ROTATION')
  assert.equal((await materialsOf(key)).get(idA)?.KeyMaterialState, 'CURRENT')
  const waits = new RegExp(
    `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key .*, because another key material \\(id: ${idB}\\) is pending rotation\\.$`,
  )
  await refusesImport(key, c, NEW, invalidState, waits)
  assert.equal(await put(key, b), idB)
  assert.equal(await stateOf(key), 'Enabled')

  assert.deepEqual(await admin.answer('RotateKeyOnDemand', { KeyId: key.id }), { KeyId: key.arn })
  assert.equal((await describe(key))?.CurrentKeyMaterialId, idB)
  const materials = await materialsOf(key)
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
  await refusesImport(key, a, NEW, incorrect)
  const idC = await put(key, c, NEW)
  assert.equal((await materialsOf(key)).get(idC)?.KeyMaterialState, 'PENDING_ROTATION')
})

test('a key works with all of its materials or not at all', async () => {
  const key = await makeImported()
  const [a, b] = [bytes(), bytes()]
  const idA = await put(key, a)
  const underA = await encrypt(key)
  const idB = await put(key, b, NEW)
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
  const underB = await encrypt(key)
  const refusesUse = async () => {
    assert.equal(await stateOf(key), 'PendingImport')
    for (const CiphertextBlob of [underA, underB]) {
      await admin.isRefused('Decrypt', { CiphertextBlob }, invalidState, pendingImport(key))
    }
    await admin.isRefused('Encrypt', { KeyId: key.id, Plaintext: 'YQ==' }, invalidState, pendingImport(key))
    await admin.isRefused('RotateKeyOnDemand', { KeyId: key.id }, invalidState, pendingImport(key))
    for (const toggle of ['EnableKey', 'DisableKey']) {
      await admin.isRefused(toggle, { KeyId: key.id }, invalidState, pendingImport(key))
    }
  }
  const deleted = await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id, KeyMaterialId: idA })
  assert.deepEqual(deleted, { KeyId: key.arn, KeyMaterialId: idA })
  await refusesUse()
  assert.equal((await materialsOf(key)).get(idA)?.ImportState, 'PENDING_IMPORT')
  assert.equal((await materialsOf(key)).get(idB)?.ImportState, 'IMPORTED')
  // Without an id it is the current one.
  assert.equal((await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id }))['KeyMaterialId'], idB)
  assert.equal((await describe(key))?.CurrentKeyMaterialId, idB)
  assert.equal((await describe(key))?.ExpirationModel, undefined)
  await refusesUse()
  await put(key, b)
  await refusesUse()
  await refusesImport(key, bytes(), {}, incorrect)
  await put(key, a, { KeyMaterialId: idA })
  assert.equal(await stateOf(key), 'Enabled')
  for (const CiphertextBlob of [underA, underB]) await admin.answer('Decrypt', { CiphertextBlob })
})

test('pending material comes and goes without the key minding', async () => {
  const key = await makeImported()
  const [a, b, c] = [bytes(), bytes(), bytes()]
  const idA = await put(key, a)
  const idB = await put(key, b, NEW)
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id, KeyMaterialId: idB })
  assert.equal(await stateOf(key), 'Enabled')
  assert.equal((await materialsOf(key)).has(idB), false)
  await admin.isRefused('RotateKeyOnDemand', { KeyId: key.id }, invalidState)
  assert.equal(await put(key, b, NEW), idB)
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id, KeyMaterialId: idB })
  const ValidTo = wholeSeconds((await timeAt(keyward)) + 2 * dayMillis)
  const idC = await put(key, c, { ...NEW, ValidTo })
  assert.equal((await describe(key))?.ValidTo, undefined)
  await advance(keyward, 3 * daySeconds)
  assert.equal(await stateOf(key), 'Enabled')
  assert.deepEqual((await materialsOf(key)).get(idC), {
    ImportState: 'IMPORTED',
    KeyMaterialState: 'PENDING_ROTATION',
    ExpirationModel: 'KEY_MATERIAL_EXPIRES',
    ValidTo,
  })
  assert.equal((await describe(key))?.CurrentKeyMaterialId, idA)
  await encrypt(key)
})

test('the expiration model and date are checked, and one is needed', async () => {
  const key = await makeImported()
  const material = bytes()
  const inSeconds = async (seconds: number) => (await timeAt(keyward)) / 1000 + seconds
  const refuses = (change: object, text?: string) =>
    refusesImport(key, material, { ...change }, 'ValidationException', text)
  const needed = 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'
  await refuses({ ExpirationModel: undefined }, needed)
  await refuses({ ExpirationModel: 'KEY_MATERIAL_EXPIRES' }, needed)
  await refuses({ ValidTo: await inSeconds(1000) })
  const expires = { ExpirationModel: 'KEY_MATERIAL_EXPIRES' }
  await refuses({ ...expires, ValidTo: await inSeconds(-10) }, 'ValidTo must be in the future')
  const tooFar = 'ValidTo must be less than 365 days in the future'
  await refuses({ ...expires, ValidTo: await inSeconds(365 * daySeconds + 60) }, tooFar)
  assert.equal(await stateOf(key), 'PendingImport')
  const end = wholeSeconds((await timeAt(keyward)) + 364 * dayMillis)
  // AWS keeps whole seconds.
  await put(key, material, { ValidTo: new Date(end.getTime() + 955) })
  const metadata = await describe(key)
  assert.equal(metadata?.ExpirationModel, 'KEY_MATERIAL_EXPIRES')
  assert.equal(metadata.ValidTo?.getTime(), end.getTime())
  // Importing the same again changes its end.
  await put(key, material)
  const after = await describe(key)
  assert.deepEqual([after?.ExpirationModel, after?.ValidTo], ['KEY_MATERIAL_DOES_NOT_EXPIRE', undefined])
})

test('ValidTo of the key is the earliest of its materials; expired material is deleted and logged', async () => {
  const key = await makeImported()
  const [a, b] = [bytes(), bytes()]
  const now = await timeAt(keyward)
  const [soon, later] = [wholeSeconds(now + 5 * dayMillis), wholeSeconds(now + 9 * dayMillis)]
  const idA = await put(key, a, { ValidTo: soon })
  const idB = await put(key, b, { ...NEW, ValidTo: later })
  await admin.sdk.rotateKeyOnDemand({ KeyId: key.id })
  assert.equal((await describe(key))?.ValidTo?.getTime(), soon.getTime())
  assert.equal((await materialsOf(key)).get(idB)?.ValidTo?.getTime(), later.getTime())
  const blob = await encrypt(key)
  await advance(keyward, 5 * daySeconds)
  assert.equal(await stateOf(key), 'PendingImport')
  await admin.isRefused('Decrypt', { CiphertextBlob: blob }, invalidState, pendingImport(key))
  // AWS goes on showing expired material as imported.
  const materials = await materialsOf(key)
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
  await put(key, a)
  assert.equal(await stateOf(key), 'Enabled')
  await admin.answer('Decrypt', { CiphertextBlob: blob })
})

/** Imports key material that expires in a moment, and waits until it has. The job that deletes it comes by once a minute. */
async function putExpired(key: TestKey, material: Uint8Array, options: { ImportType?: ImportType } = {}) {
  const parameters = await parametersFor(admin, key.id)
  const ValidTo = new Date((await timeAt(keyward)) + 5000)
  const expiring = { ...options, ValidTo, ExpirationModel: 'KEY_MATERIAL_EXPIRES' } as const
  const request = importRequest(key.id, parameters, material, expiring)
  const { KeyMaterialId = '' } = await admin.sdk.importKeyMaterial(request)
  while ((await timeAt(keyward)) <= ValidTo.getTime()) await sleep(100)
  return KeyMaterialId
}

test('material that has expired is gone at once, before any job has come by', async () => {
  const key = await makeImported()
  const material = bytes()
  await put(key, material)
  const blob = await encrypt(key)
  await putExpired(key, material)
  await admin.isRefused('Decrypt', { CiphertextBlob: blob }, invalidState, pendingImport(key))
  await admin.isRefused('Encrypt', { KeyId: key.id, Plaintext: 'YQ==' }, invalidState, pendingImport(key))
  assert.equal(await stateOf(key), 'PendingImport')
})

test('descriptions of key material stay until another is given', async () => {
  const key = await makeImported()
  const material = bytes()
  const id = await put(key, material, { KeyMaterialDescription: 'from the safe' })
  const description = async () => (await materialsOf(key)).get(id)?.KeyMaterialDescription
  assert.equal(await description(), 'from the safe')
  await put(key, material)
  assert.equal(await description(), 'from the safe')
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
  assert.equal(await description(), 'from the safe')
  await put(key, material)
  assert.equal(await description(), 'from the safe')
  await put(key, material, { KeyMaterialDescription: 'from the other safe' })
  assert.equal(await description(), 'from the other safe')
  await refusesImport(key, material, { KeyMaterialDescription: 'né' }, 'ValidationException')
})

test('states: an import enables a disabled key, keys pending deletion lose material only', async () => {
  const key = await makeImported()
  const material = bytes()
  await put(key, material)
  await admin.sdk.disableKey({ KeyId: key.id })
  await put(key, material)
  assert.equal(await stateOf(key), 'Enabled')
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
  assert.equal(await stateOf(key), 'PendingImport')
  await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id })
  await put(key, material)
  assert.equal(await stateOf(key), 'Enabled')
  const input = importJson(key.id, await parametersFor(admin, key.id), material)
  await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
  await admin.isRefused('ImportKeyMaterial', input, invalidState)
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }
  await admin.isRefused('GetParametersForImport', { KeyId: key.id, ...wrapping }, invalidState)
  await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
  assert.equal(await stateOf(key), 'PendingDeletion')
  await admin.sdk.cancelKeyDeletion({ KeyId: key.id })
  assert.equal(await stateOf(key), 'PendingImport')
  await put(key, material)
  assert.equal(await stateOf(key), 'Enabled')
})

test('deleting: what is gone or never came is as it should be, an id that never was is refused', async () => {
  const key = await makeImported()
  const deletes = (KeyMaterialId?: string) =>
    admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id, KeyMaterialId })
  assert.deepEqual(await deletes(), { KeyId: key.arn })
  const id = await put(key, bytes())
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(await deletes(), { KeyId: key.arn, KeyMaterialId: id })
    assert.deepEqual((await materialsOf(key)).get(id), {
      ImportState: 'PENDING_IMPORT',
      KeyMaterialState: 'CURRENT',
    })
  }
  const unknown = '0'.repeat(64)
  const text = `Key material (id: ${unknown}) has never been imported into KMS key ${key.arn}.`
  const input = { KeyId: key.id, KeyMaterialId: unknown }
  await admin.isRefused('DeleteImportedKeyMaterial', input, 'ValidationException', text)
})

test('a key without its material never pretends to work, whatever way it was enabled', async () => {
  const never = await makeImported()
  const lost = await makeImported()
  await put(lost, bytes())
  for (const key of [never, lost]) {
    await admin.sdk.scheduleKeyDeletion({ KeyId: key.id, PendingWindowInDays: 7 })
    if (key === lost) await admin.sdk.deleteImportedKeyMaterial({ KeyId: key.id })
    await admin.sdk.cancelKeyDeletion({ KeyId: key.id })
    await admin.isRefused('EnableKey', { KeyId: key.id }, invalidState, pendingImport(key))
    await admin.isRefused('Encrypt', { KeyId: key.id, Plaintext: 'YQ==' }, invalidState, pendingImport(key))
    assert.equal(await stateOf(key), 'PendingImport')
  }
})

// Recorded from AWS.
for (const when of ['before the job has come by', 'after it has'] as const) {
  test(`pending material that has expired still waits, and a key rotates into it without its bytes: ${when}`, async () => {
    const key = await makeImported()
    const [a, b] = [bytes(), bytes()]
    const idA = await put(key, a)
    const ciphertext = await encrypt(key)
    const idB = await putExpired(key, b, NEW)
    if (when === 'after it has') await advance(keyward, daySeconds)
    assert.equal(await stateOf(key), 'Enabled')
    await encrypt(key)
    const isKnown = `Key material (id: ${idB}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${key.arn}.`
    await refusesImport(key, b, NEW, incorrect, isKnown)
    await refusesImport(key, bytes(), NEW, invalidState, /is pending rotation\.$/)
    const { ValidTo } = (await materialsOf(key)).get(idB) ?? {}

    await admin.answer('RotateKeyOnDemand', { KeyId: key.id })
    const metadata = await describe(key)
    assert.deepEqual([metadata?.KeyState, metadata?.CurrentKeyMaterialId], ['PendingImport', idB])
    assert.equal((await materialsOf(key)).get(idA)?.KeyMaterialState, 'NON_CURRENT')
    assert.partialDeepStrictEqual((await materialsOf(key)).get(idB), {
      ImportState: 'IMPORTED',
      KeyMaterialState: 'CURRENT',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo,
      RotationType: 'ON_DEMAND',
    })
    await admin.isRefused('Encrypt', { KeyId: key.id, Plaintext: 'YQ==' }, invalidState, pendingImport(key))
    await admin.isRefused('Decrypt', { CiphertextBlob: ciphertext }, invalidState, pendingImport(key))
    assert.equal(await put(key, b), idB)
    assert.equal(await stateOf(key), 'Enabled')
    await admin.answer('Decrypt', { CiphertextBlob: ciphertext })
    await encrypt(key)
  })
}

test('pending material that has expired makes room for another when it is deleted', async () => {
  const key = await makeImported()
  await put(key, bytes())
  const KeyMaterialId = await putExpired(key, bytes(), NEW)
  await admin.answer('DeleteImportedKeyMaterial', { KeyId: key.id, KeyMaterialId })
  assert.equal((await materialsOf(key)).has(KeyMaterialId), false)
  const next = await put(key, bytes(), NEW)
  await admin.answer('RotateKeyOnDemand', { KeyId: key.id })
  assert.equal((await describe(key))?.CurrentKeyMaterialId, next)
  assert.equal(await stateOf(key), 'Enabled')
})

test('material that has expired is gone for every operation, before the job has come by', async () => {
  const key = await makeImported()
  const disabled = await makeImported()
  const idDisabled = await putExpired(disabled, bytes())
  const id = await putExpired(key, bytes())
  assert.equal(await stateOf(key), 'PendingImport')
  const metadata = await describe(key)
  assert.deepEqual([metadata?.ExpirationModel, metadata?.ValidTo], [undefined, undefined])
  // But it was imported, and is shown so.
  assert.equal((await materialsOf(key)).get(id)?.ImportState, 'IMPORTED')
  assert.equal((await materialsOf(disabled)).get(idDisabled)?.ImportState, 'IMPORTED')
  for (const operation of ['EnableKey', 'DisableKey']) {
    await admin.isRefused(operation, { KeyId: key.id }, invalidState, pendingImport(key))
  }
})
