import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'
import { type EncryptionAlgorithm, type KeySpec, keySpecs } from '../../domain/index.ts'
import type { KeyHandle } from '../key-handle.ts'
import { PublicKeyProblem, SealBroken } from '../problems.ts'
import { derEncodings, handleOf, makeTestHsm, ownerOf } from '../samples.test.ts'

const { hsm } = makeTestHsm()
after(() => hsm.close())

const oneByte = Buffer.alloc(1)

let keys = 0
/** A key of the given material, or of new material. */
async function keyOf(keySpec: KeySpec, material?: Buffer): Promise<KeyHandle> {
  const keyId = `00000000-0000-4000-8000-${String(++keys).padStart(12, '0')}`
  const owner = ownerOf(keySpec, { keyId })
  const wrapped =
    material === undefined ? await hsm.generateKeyMaterial(owner) : hsm.importKeyMaterial(owner, material)
  return handleOf(owner, wrapped)
}

const agreeing = [
  ['ECC_NIST_P256', 'P-256', 32],
  ['ECC_NIST_P384', 'P-384', 48],
  ['ECC_NIST_P521', 'P-521', 66],
  ['SM2', 'SM2', 32],
] as const

test('an operation refuses keys of the wrong kind', async () => {
  const ecc = await keyOf('ECC_NIST_P256')
  assert.throws(() => hsm.encrypt(ecc, oneByte, oneByte), /is not a symmetric encryption key/)
  assert.throws(() => hsm.generateMac(ecc, 'HMAC_SHA_256', oneByte), /ECC_NIST_P256 has no HMAC_SHA_256/)
  const digest = {
    algorithm: 'ED25519_PH_SHA_512',
    messageType: 'DIGEST',
    message: Buffer.alloc(64),
  } as const
  await assert.rejects(hsm.sign(ecc, digest), /ECC_NIST_P256 has no ED25519_PH_SHA_512/)
  await assert.rejects(hsm.verify(ecc, digest, Buffer.alloc(64)), /ECC_NIST_P256 has no/)
  await assert.rejects(hsm.encryptAsymmetric(ecc, 'SM2PKE', oneByte), /ECC_NIST_P256 has no SM2PKE/)
  const symmetric = await keyOf('SYMMETRIC_DEFAULT')
  await assert.rejects(hsm.encapsulate(symmetric), /is not a key pair/)
  await assert.rejects(hsm.encapsulate(ecc), /not an ML-KEM key/)
  const edwards = await keyOf('ECC_NIST_EDWARDS25519')
  await assert.rejects(hsm.deriveSharedSecret(edwards, oneByte), /agrees on no secrets/)
})

test('both sides of a key agreement derive one secret, as long as the field', async () => {
  for (const [keySpec, , size] of agreeing) {
    const [a, b] = await Promise.all([1, 2].map(() => hsm.generateKeyPair(keySpec)))
    assert.ok(a && b)
    const secrets = [
      await hsm.deriveSharedSecret(await keyOf(keySpec, a.privateKey), b.publicKey),
      await hsm.deriveSharedSecret(await keyOf(keySpec, b.privateKey), a.publicKey),
    ]
    assert.deepEqual(secrets[0], secrets[1])
    assert.equal(secrets[0]?.length, size)
  }
})

test('a peer key that is not a point of the curve is a PublicKeyProblem', async () => {
  for (const [keySpec, namedCurve] of agreeing) {
    const key = await keyOf(keySpec)
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve, ...derEncodings })
    const off = Buffer.from(publicKey)
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1
    const others = ['P-256', 'P-384', 'P-521', 'secp256k1', 'SM2'].filter(name => name !== namedCurve)
    const wrong = [
      Buffer.alloc(0),
      Buffer.from('junk'),
      off,
      privateKey,
      publicKey.subarray(0, -1),
      Buffer.concat([publicKey, Buffer.alloc(1)]),
      ...others.map(name => generateKeyPairSync('ec', { namedCurve: name, ...derEncodings }).publicKey),
      generateKeyPairSync('x25519', derEncodings).publicKey,
      generateKeyPairSync('rsa', { modulusLength: 1024, ...derEncodings }).publicKey,
    ]
    for (const bytes of wrong) await assert.rejects(hsm.deriveSharedSecret(key, bytes), PublicKeyProblem)
  }
})

test('RSA and SM2 ciphertexts decrypt only under their own key and algorithm', async () => {
  const plaintext = Buffer.from('plaintext')
  for (const [keySpec, algorithm, other] of [
    ['RSA_2048', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    ['RSA_2048', 'RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1'],
    ['SM2', 'SM2PKE', undefined],
  ] as const) {
    const key = await keyOf(keySpec)
    const ciphertext = await hsm.encryptAsymmetric(key, algorithm, plaintext)
    assert.deepEqual(await hsm.decryptAsymmetric(key, algorithm, ciphertext), plaintext)
    if (other) await assert.rejects(hsm.decryptAsymmetric(key, other, ciphertext), SealBroken)
    const another = await keyOf(keySpec)
    await assert.rejects(hsm.decryptAsymmetric(another, algorithm, ciphertext), SealBroken)
    for (let index = 0; index < ciphertext.length; index += 7) {
      const altered = Buffer.from(ciphertext)
      altered[index] = (altered[index] ?? 0) ^ 1
      await assert.rejects(hsm.decryptAsymmetric(key, algorithm, altered), SealBroken)
      await assert.rejects(hsm.decryptAsymmetric(key, algorithm, ciphertext.subarray(0, index)), SealBroken)
    }
    const longer = Buffer.concat([ciphertext, Buffer.alloc(1)])
    await assert.rejects(hsm.decryptAsymmetric(key, algorithm, longer), SealBroken)
  }
})

test('the longest plaintexts fit', async () => {
  for (const keySpec of ['RSA_2048', 'SM2'] as const) {
    const key = await keyOf(keySpec)
    for (const [algorithm, size] of Object.entries(keySpecs[keySpec].plaintextMaxBytes)) {
      const plaintext = Buffer.alloc(size, 7)
      const ciphertext = await hsm.encryptAsymmetric(key, algorithm as EncryptionAlgorithm, plaintext)
      assert.deepEqual(
        await hsm.decryptAsymmetric(key, algorithm as EncryptionAlgorithm, ciphertext),
        plaintext,
      )
    }
  }
})

test('ML-KEM: a ciphertext of the wrong length is refused, an altered one gives a different secret', async () => {
  for (const keySpec of ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] as const) {
    const key = await keyOf(keySpec)
    const { sharedSecret, ciphertext } = await hsm.encapsulate(key)
    assert.equal(sharedSecret.length, 32)
    assert.deepEqual(await hsm.decapsulate(key, ciphertext), sharedSecret)
    for (const wrong of [Buffer.alloc(0), ciphertext.subarray(1), Buffer.concat([ciphertext, oneByte])])
      await assert.rejects(hsm.decapsulate(key, wrong), SealBroken)
    ciphertext[0] = (ciphertext[0] ?? 0) ^ 1
    assert.notDeepEqual(await hsm.decapsulate(key, ciphertext), sharedSecret)
  }
})

test('a MAC of the wrong length, message or bytes does not verify', async () => {
  const key = await keyOf('HMAC_256')
  const mac = hsm.generateMac(key, 'HMAC_SHA_256', Buffer.from('message'))
  assert.equal(hsm.verifyMac(key, 'HMAC_SHA_256', Buffer.from('message'), mac), true)
  assert.equal(hsm.verifyMac(key, 'HMAC_SHA_256', Buffer.from('massage'), mac), false)
  for (const wrong of [Buffer.alloc(0), mac.subarray(1), Buffer.concat([mac, oneByte]), Buffer.alloc(32)])
    assert.equal(hsm.verifyMac(key, 'HMAC_SHA_256', Buffer.from('message'), wrong), false)
})

test('a forgotten key pair and HMAC key are opened again from their tokens', async () => {
  const use: Record<string, (key: KeyHandle) => unknown> = {
    HMAC_256: key => hsm.generateMac(key, 'HMAC_SHA_256', oneByte),
    ECC_NIST_P256: key => hsm.sign(key, { algorithm: 'ECDSA_SHA_256', messageType: 'RAW', message: oneByte }),
  }
  for (const [keySpec, useKey] of Object.entries(use)) {
    const key = await keyOf(keySpec as KeySpec)
    await useKey(key)
    // The first byte stays: it finds the backend.
    key.keyToken.fill(0, 1)
    await useKey(key)
    hsm.forget(key.binding, key.binding.keyId)
    await assert.rejects(async () => useKey(key), /does not open/)
  }
})
