import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeKey, TestCaller } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'

const admin = new TestCaller(await testServer())

test('operations on rotation refuse keys that cannot rotate', async () => {
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
    // The following is recorded from AWS for HMAC keys.
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
  // Recorded from AWS, also for a key that waits for its key material.
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
