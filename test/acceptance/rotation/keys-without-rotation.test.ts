import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeKey, TestCaller } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'

const admin = new TestCaller(await testServer())
const unsupported = 'UnsupportedOperationException'

test('operations on rotation refuse keys that cannot rotate', async () => {
  const rsa = await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const hmac = await makeKey(admin, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  for (const { id } of [rsa, hmac]) {
    await admin.isRefused('RotateKeyOnDemand', { KeyId: id }, unsupported, null)
    await admin.isRefused('EnableKeyRotation', { KeyId: id }, unsupported, null)
    await admin.answersNothing('DisableKeyRotation', { KeyId: id })
  }
})

test('operations on rotation refuse keys that wait for their import, as recorded from AWS', async () => {
  for (const input of [{}, { KeySpec: 'RSA_4096', KeyUsage: 'SIGN_VERIFY' }] as const) {
    const { id, arn } = await makeKey(admin, { Origin: 'EXTERNAL', ...input })
    const external = `${arn} origin is EXTERNAL which is not valid for this operation.`
    for (const operation of ['EnableKeyRotation', 'DisableKeyRotation']) {
      await admin.isRefused(operation, { KeyId: id }, unsupported, external)
    }
    const pending = `${arn} is pending import.`
    await admin.isRefused('RotateKeyOnDemand', { KeyId: id }, 'KMSInvalidStateException', pending)
  }
})

test('a key that cannot rotate has a status and no rotations, as recorded from AWS', async () => {
  const keys = [
    await makeKey(admin, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
    await makeKey(admin, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    await makeKey(admin, { Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
  ]
  const none = { Rotations: [], Truncated: false }
  for (const { id, arn } of keys) {
    const status = await admin.answer('GetKeyRotationStatus', { KeyId: id })
    assert.deepEqual(status, { KeyId: arn, KeyRotationEnabled: false })
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
  const { id, arn } = await makeKey(admin, { Origin: 'EXTERNAL' })
  const status = await admin.answer('GetKeyRotationStatus', { KeyId: id })
  assert.deepEqual(status, { KeyId: arn, KeyRotationEnabled: false })
  assert.deepEqual(await admin.answer('ListKeyRotations', { KeyId: id }), none)
})
