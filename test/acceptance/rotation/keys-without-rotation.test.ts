import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeKey, TestCaller } from '../../fixtures/caller.ts'
import { type KeywardProcess, readAuditRecords, startKeyward } from '../../fixtures/keyward-process.ts'
import { advance, daySeconds } from '../../fixtures/time-travel.ts'

let keyward: KeywardProcess
let admin: TestCaller
before(async () => {
  keyward = await startKeyward({ environment: { KEYWARD_TEST_CLOCK: 'except-signatures' } })
  admin = new TestCaller(keyward)
})
after(() => keyward.stop())

const passDays = (days: number) => advance(keyward, days * daySeconds)
async function rotationsOf({ id }: { id: string }) {
  const { Rotations = [] } = await admin.sdk.listKeyRotations({ KeyId: id })
  return Rotations
}

test('the rotation that enabling a key brings about is on record, and enabling it in time brings none', async () => {
  const key = await makeKey(admin)
  await admin.sdk.enableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 })
  await passDays(80)
  for (const days of [1, 30]) {
    await admin.sdk.disableKey({ KeyId: key.id })
    await passDays(days)
    await admin.sdk.enableKey({ KeyId: key.id })
    assert.equal((await rotationsOf(key)).length, days === 1 ? 0 : 1)
  }
  const records = readAuditRecords(keyward.dataDirectory).filter(
    record => record['eventName'] === 'RotateKey',
  )
  assert.equal(records.filter(record => JSON.stringify(record).includes(key.id)).length, 1)
})

test('keys that cannot rotate say so', async () => {
  const rsa = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const hmac = await makeKey(admin, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const imported = await makeKey(admin, { Origin: 'EXTERNAL' })
  const importedRsa = await makeKey(admin, {
    Origin: 'EXTERNAL',
    KeySpec: 'RSA_2048',
    KeyUsage: 'SIGN_VERIFY',
  })
  const unsupported = 'UnsupportedOperationException'
  for (const { id } of [rsa, hmac, importedRsa]) {
    await admin.isRefused('RotateKeyOnDemand', { KeyId: id }, unsupported, null)
    await admin.isRefused('EnableKeyRotation', { KeyId: id }, unsupported, null)
    // Recorded from AWS for HMAC keys, as what follows.
    const none = { Rotations: [], Truncated: false }
    assert.deepEqual(await admin.answer('ListKeyRotations', { KeyId: id }), none)
    for (const IncludeKeyMaterial of ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']) {
      await admin.isRefused(
        'ListKeyRotations',
        { KeyId: id, IncludeKeyMaterial },
        'ValidationException',
        'Input parameter includeKeyMaterial can only be used with symmetric keys.',
      )
    }
  }
  for (const { id } of [rsa, hmac]) await admin.answersNothing('DisableKeyRotation', { KeyId: id })
  // Recorded from AWS also for a key that waits for its key material.
  for (const { id, arn } of [rsa, hmac, imported, importedRsa]) {
    const status = await admin.answer('GetKeyRotationStatus', { KeyId: id })
    assert.deepEqual(status, { KeyId: arn, KeyRotationEnabled: false })
  }
  const external = `${imported.arn} origin is EXTERNAL which is not valid for this operation.`
  for (const operation of ['EnableKeyRotation', 'DisableKeyRotation']) {
    await admin.isRefused(operation, { KeyId: imported.id }, unsupported, external)
  }
  await admin.isRefused(
    'RotateKeyOnDemand',
    { KeyId: imported.id },
    'KMSInvalidStateException',
    `${imported.arn} is pending import.`,
  )
  assert.deepEqual((await admin.answer('ListKeyRotations', { KeyId: imported.id }))['Rotations'], [])
})
