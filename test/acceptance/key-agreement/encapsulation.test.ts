import assert from 'node:assert/strict'
import { encapsulate, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { KeySpec } from '@aws-sdk/client-kms'
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'
import { bytesOf, flipBit } from '../../fixtures/bytes.ts'
import { base64, makeKey, TestCaller, violation } from '../../fixtures/caller.ts'
import { publicKeyOf } from '../../fixtures/key-pairs.ts'
import { testServer } from '../../fixtures/test-server.ts'

const admin = new TestCaller(await testServer())

const specs = [
  ['ML_KEM_512', ml_kem512, 800, 768],
  ['ML_KEM_768', ml_kem768, 1184, 1088],
  ['ML_KEM_1024', ml_kem1024, 1568, 1568],
] as const
const EncapsulationAlgorithm = 'ML_KEM'
const makeKemKey = (KeySpec: KeySpec) => makeKey(admin, { KeySpec, KeyUsage: 'ENCAPSULATE_DECAPSULATE' })

for (const [spec, mlKem, keyLength, ciphertextLength] of specs) {
  test(`${spec}: Decapsulate returns the secret of Encapsulate, a different one each time`, async () => {
    const { id: KeyId, arn } = await makeKemKey(spec)
    const secrets = new Set<unknown>()
    for (let round = 0; round < 3; round++) {
      const made = await admin.answer('Encapsulate', { KeyId, EncapsulationAlgorithm })
      const { SharedSecret, SharedSecretCiphertextBlob, ...rest } = made
      assert.deepEqual(rest, { KeyId: arn, EncapsulationAlgorithm })
      assert.equal(bytesOf(SharedSecret).length, 32)
      assert.equal(bytesOf(SharedSecretCiphertextBlob).length, ciphertextLength)
      const input = { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }
      const answer = await admin.answer('Decapsulate', input)
      assert.deepEqual(answer, { KeyId: arn, SharedSecret, EncapsulationAlgorithm })
      secrets.add(SharedSecret)
    }
    assert.equal(secrets.size, 3)
  })

  test(`${spec}: Decapsulate opens what node:crypto and @noble encapsulate for the public key`, async () => {
    const { id: KeyId } = await makeKemKey(spec)
    const publicKey = bytesOf((await admin.answer('GetPublicKey', { KeyId }))['PublicKey'])
    const node = encapsulate(publicKeyOf(publicKey))
    const noble = mlKem.encapsulate(publicKey.subarray(-keyLength))
    for (const [secret, blob] of [
      [node.sharedKey, node.ciphertext],
      [noble.sharedSecret, noble.cipherText],
    ] as const) {
      const input = { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: base64(blob) }
      assert.equal((await admin.answer('Decapsulate', input))['SharedSecret'], base64(secret))
    }
  })

  test(`${spec}: a changed ciphertext, or one of a different key, gives a different secret, always the same one`, async () => {
    const { id: KeyId } = await makeKemKey(spec)
    const other = await makeKemKey(spec)
    const made = await admin.answer('Encapsulate', { KeyId, EncapsulationAlgorithm })
    const altered = flipBit(bytesOf(made['SharedSecretCiphertextBlob']), 17)
    const secretOf = async (keyId: string, blob: Uint8Array) => {
      const input = { KeyId: keyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: base64(blob) }
      return (await admin.answer('Decapsulate', input))['SharedSecret']
    }
    const rejected = await secretOf(KeyId, altered)
    assert.equal(bytesOf(rejected).length, 32)
    assert.notEqual(rejected, made['SharedSecret'])
    assert.equal(await secretOf(KeyId, altered), rejected)
    const foreign = await secretOf(other.id, bytesOf(made['SharedSecretCiphertextBlob']))
    assert.notEqual(foreign, made['SharedSecret'])
    assert.equal(bytesOf(await secretOf(KeyId, randomBytes(ciphertextLength))).length, 32)
  })

  test(`${spec}: a ciphertext of a different length is refused`, async () => {
    const { id: KeyId } = await makeKemKey(spec)
    for (const length of [1, 32, ciphertextLength - 1, ciphertextLength + 1, 6144]) {
      const SharedSecretCiphertextBlob = base64(randomBytes(length))
      const input = { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }
      await admin.isRefused('Decapsulate', input, 'InvalidCiphertextException', null)
    }
  })
}

test('a request must be complete, and its algorithm ML_KEM', async () => {
  const { id: KeyId } = await makeKemKey('ML_KEM_512')
  const blob = base64(randomBytes(768))
  for (const [operation, input] of [
    ['Encapsulate', { KeyId, EncapsulationAlgorithm }],
    ['Decapsulate', { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob: blob }],
  ] as const) {
    for (const name of Object.keys(input)) {
      const text = violation(name.charAt(0).toLowerCase() + name.slice(1), 'null', 'not be null')
      await admin.isRefused(operation, { ...input, [name]: undefined }, 'ValidationException', text)
    }
    const text =
      /Value 'ML_KEM_512' at 'encapsulationAlgorithm' failed to satisfy constraint: Member must satisfy enum/
    const wrong = { ...input, EncapsulationAlgorithm: 'ML_KEM_512' }
    await admin.isRefused(operation, wrong, 'ValidationException', text)
  }
})

test('Encapsulate and Decapsulate need an enabled key, and CreateKey needs the key usage', async () => {
  const { id: KeyId, arn } = await makeKemKey('ML_KEM_768')
  const input = { KeyId, EncapsulationAlgorithm }
  const blob = { ...input, SharedSecretCiphertextBlob: base64(randomBytes(1088)) }
  await admin.sdk.disableKey({ KeyId })
  await admin.isRefused('Encapsulate', input, 'DisabledException', `${arn} is disabled.`)
  await admin.isRefused('Decapsulate', blob, 'DisabledException', `${arn} is disabled.`)
  await admin.sdk.scheduleKeyDeletion({ KeyId })
  await admin.isRefused('Encapsulate', input, 'KMSInvalidStateException')
  await admin.isRefused('Decapsulate', blob, 'KMSInvalidStateException')
  const text = 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.'
  await admin.isRefused('CreateKey', { KeySpec: 'ML_KEM_768' }, 'ValidationException', text)
  const wrong = { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCRYPT_DECRYPT' }
  const incompatible = 'KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ML_KEM_768'
  await admin.isRefused('CreateKey', wrong, 'ValidationException', incompatible)
})

test('GetKeyLastUsage returns both operations', async () => {
  const { id: KeyId } = await makeKemKey('ML_KEM_512')
  const { SharedSecretCiphertextBlob } = await admin.answer('Encapsulate', { KeyId, EncapsulationAlgorithm })
  const lastOperation = async () => {
    const { KeyLastUsage } = await admin.answer('GetKeyLastUsage', { KeyId })
    return (KeyLastUsage as { Operation: string }).Operation
  }
  assert.equal(await lastOperation(), 'Encapsulate')
  await admin.answer('Decapsulate', { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob })
  assert.equal(await lastOperation(), 'Decapsulate')
})
