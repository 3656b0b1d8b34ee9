import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import type { DataKeyPairSpec } from '@aws-sdk/client-kms'
import { factsOf, isKeySpec, keySpecs } from '../../../src/domain/index.ts'
import { bytesOf } from '../../fixtures/bytes.ts'
import { base64, makeKey, violation } from '../../fixtures/caller.ts'
import { derOf, nameOfPublicKey, privateKeyOf, publicKeyOf } from '../../fixtures/key-pairs.ts'
import { serverWithChina } from '../../fixtures/worlds/china.ts'

const { admin, china, callerFor } = await serverWithChina()
const key = await makeKey(admin)
const chinaKey = await makeKey(china)
const keyFor = (pairSpec: string) => (pairSpec === 'SM2' ? chinaKey : key)

/** Each pair spec with node:crypto's name of its keys (see `nameOfPublicKey`). */
const specs: [DataKeyPairSpec, string][] = [
  ['RSA_2048', 'rsa 2048'],
  ['RSA_3072', 'rsa 3072'],
  ['RSA_4096', 'rsa 4096'],
  ['ECC_NIST_P256', 'ec prime256v1'],
  ['ECC_NIST_P384', 'ec secp384r1'],
  ['ECC_NIST_P521', 'ec secp521r1'],
  ['ECC_SECG_P256K1', 'ec secp256k1'],
  ['ECC_NIST_EDWARDS25519', 'ed25519'],
  ['ML_KEM_512', 'ml-kem-512'],
  ['ML_KEM_768', 'ml-kem-768'],
  ['ML_KEM_1024', 'ml-kem-1024'],
  // Node has no name for SM2.
  ['SM2', ''],
]
const context = { order: '7' }

test('no spec of data key pairs is left out here', () => {
  const known = Object.keys(keySpecs).filter(name => isKeySpec(name) && factsOf(name).isDataKeyPairSpec)
  assert.deepEqual(specs.map(([name]) => name).sort(), known.sort())
})

// Lengths recorded from AWS.
for (const [KeyPairSpec, length] of [
  ['ECC_NIST_P256', 150],
  ['ECC_NIST_P384', 194],
  ['ECC_SECG_P256K1', 144],
] as const) {
  test(`${KeyPairSpec}: the private key itself also names its curve`, async () => {
    const { PrivateKeyPlaintext } = await admin.answer('GenerateDataKeyPair', { KeyId: key.id, KeyPairSpec })
    assert.equal(bytesOf(PrivateKeyPlaintext).length, length)
  })
}

for (const [KeyPairSpec, name] of specs) {
  const caller = callerFor(KeyPairSpec)
  const { id: KeyId, arn } = keyFor(KeyPairSpec)

  test(`${KeyPairSpec}: the private key is PKCS #8, decrypts, and matches the public key`, async () => {
    const input = { KeyId, KeyPairSpec, EncryptionContext: context }
    const made = await caller.answer('GenerateDataKeyPair', input)
    const { PrivateKeyCiphertextBlob, PrivateKeyPlaintext, PublicKey, KeyMaterialId, ...rest } = made
    assert.deepEqual(rest, { KeyId: arn, KeyPairSpec })
    assert.match(String(KeyMaterialId), /^[0-9a-f]{64}$/)
    checkPair(name, PrivateKeyPlaintext, PublicKey)
    const decrypt = { CiphertextBlob: PrivateKeyCiphertextBlob, EncryptionContext: context }
    const opened = await caller.answer('Decrypt', decrypt)
    assert.equal(opened['Plaintext'], PrivateKeyPlaintext)
    assert.equal(opened['KeyMaterialId'], KeyMaterialId)
    const bare = { CiphertextBlob: PrivateKeyCiphertextBlob }
    await caller.isRefused('Decrypt', bare, 'InvalidCiphertextException', null)
  })

  test(`${KeyPairSpec}: GenerateDataKeyPairWithoutPlaintext returns the private key in the ciphertext only`, async () => {
    const made = await caller.answer('GenerateDataKeyPairWithoutPlaintext', { KeyId, KeyPairSpec })
    const { PrivateKeyCiphertextBlob, PublicKey, KeyMaterialId, ...rest } = made
    assert.deepEqual(rest, { KeyId: arn, KeyPairSpec })
    assert.match(String(KeyMaterialId), /^[0-9a-f]{64}$/)
    const opened = await caller.answer('Decrypt', { CiphertextBlob: PrivateKeyCiphertextBlob })
    checkPair(name, opened['Plaintext'], PublicKey)
  })
}

function checkPair(name: string, privateKeyText: unknown, publicKeyText: unknown): void {
  const derived = derOf(createPublicKey(privateKeyOf(bytesOf(privateKeyText))))
  assert.deepEqual(derived, bytesOf(publicKeyText))
  const publicKey = publicKeyOf(bytesOf(publicKeyText))
  assert.equal(nameOfPublicKey(publicKey), name)
  const { modulusLength, publicExponent } = publicKey.asymmetricKeyDetails ?? {}
  if (modulusLength !== undefined) assert.equal(publicExponent, 65537n)
}

test('every pair is different', async () => {
  const input = { KeyId: key.id, KeyPairSpec: 'ECC_NIST_P256' }
  const made = await Promise.all(Array.from({ length: 5 }, () => admin.answer('GenerateDataKeyPair', input)))
  assert.equal(new Set(made.map(pair => pair['PrivateKeyPlaintext'])).size, 5)
})

for (const operation of ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext']) {
  test(`${operation} refuses specs that are not those of data key pairs`, async () => {
    const KeyId = key.id
    const isNone =
      /^1 validation error detected: Value '\w+' at 'keyPairSpec' failed to satisfy constraint: Member must satisfy enum value set: \[/
    for (const KeyPairSpec of ['ML_DSA_44', 'HMAC_256', 'SYMMETRIC_DEFAULT', 'AES_256', 'rsa_2048']) {
      await admin.isRefused(operation, { KeyId, KeyPairSpec }, 'ValidationException', isNone)
    }
    const missing = violation('keyPairSpec', 'null', 'not be null')
    await admin.isRefused(operation, { KeyId }, 'ValidationException', missing)
    assert.equal((await admin.call(operation, { KeyId, KeyPairSpec: 'SM2' })).status, 400)
    const inChina = { KeyId: chinaKey.id, KeyPairSpec: 'ML_KEM_768' }
    assert.equal((await china.call(operation, inChina)).status, 400)
  })

  test(`${operation} needs an enabled key`, async () => {
    const { id: KeyId, arn } = await makeKey(admin)
    const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256' }
    await admin.sdk.disableKey({ KeyId })
    await admin.isRefused(operation, input, 'DisabledException', `${arn} is disabled.`)
    await admin.sdk.scheduleKeyDeletion({ KeyId })
    await admin.isRefused(operation, input, 'KMSInvalidStateException')
    const external = await makeKey(admin, { Origin: 'EXTERNAL' })
    const text = `${external.arn} is pending import.`
    await admin.isRefused(operation, { ...input, KeyId: external.id }, 'KMSInvalidStateException', text)
  })
}

test('a generated private key can be re-encrypted like any ciphertext', async () => {
  const target = await makeKey(admin)
  const input = { KeyId: key.id, KeyPairSpec: 'RSA_2048' }
  const { PrivateKeyCiphertextBlob, PrivateKeyPlaintext } = await admin.answer('GenerateDataKeyPair', input)
  const { CiphertextBlob } = await admin.answer('ReEncrypt', {
    CiphertextBlob: PrivateKeyCiphertextBlob,
    DestinationKeyId: target.id,
  })
  const opened = await admin.answer('Decrypt', { CiphertextBlob, KeyId: target.id })
  assert.equal(opened['Plaintext'], PrivateKeyPlaintext)
  assert.notEqual(base64(''), PrivateKeyPlaintext)
})
