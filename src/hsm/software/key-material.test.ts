import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, ECDH, generateKeyPairSync } from 'node:crypto'
import { after, test } from 'node:test'
import { atOnce } from '../../../test/fixtures/async/at-once.ts'
import { isKeyPairSpec, type KeySpec, keySpecs } from '../../domain/index.ts'
import { der } from '../../std/index.ts'
import type { KeyBinding, WrappedKeyMaterial } from '../key-handle.ts'
import { KeyMaterialProblem } from '../problems.ts'
import {
  derEncodings,
  handleOf,
  makeTestHsm,
  otherAccountId,
  otherKeyId,
  otherRegion,
  ownerOf,
  pkcs8Der,
  spkiDer,
} from '../samples.test.ts'
import { ecCurves } from './ec-curves.ts'

const { hsm } = makeTestHsm()
after(() => hsm.close())

const keyPairSpecs = (Object.keys(keySpecs) as KeySpec[]).filter(isKeyPairSpec)

const oneByte = Buffer.alloc(1)
const imported = (keySpec: KeySpec, material: Uint8Array): WrappedKeyMaterial =>
  hsm.importKeyMaterial(ownerOf(keySpec), Buffer.from(material))
function publicKeyOf(binding: KeyBinding, { publicKeyToken }: WrappedKeyMaterial): Buffer {
  assert.ok(publicKeyToken)
  return hsm.getPublicKey({ binding, publicKeyToken })
}

function isRefused(keySpec: KeySpec, material: Uint8Array, what?: string): void {
  const given = Buffer.from(material)
  assert.throws(() => hsm.importKeyMaterial(ownerOf(keySpec), given), KeyMaterialProblem, what)
  assert.ok(
    given.every(byte => byte === 0),
    'the material is wiped',
  )
}

for (const keySpec of keyPairSpecs) {
  test(`${keySpec}: a pair of generateKeyPair can be imported, and is the same key in OpenSSL’s encoding`, async () => {
    const { privateKey, publicKey } = await hsm.generateKeyPair(keySpec)
    const given = Buffer.from(privateKey)
    const material = hsm.importKeyMaterial(ownerOf(keySpec), given)
    assert.ok(given.every(byte => byte === 0))
    const { binding } = handleOf(ownerOf(keySpec), material)
    assert.deepEqual(publicKeyOf(binding, material), publicKey)
    const canonical = createPrivateKey({ key: privateKey, ...pkcs8Der }).export(pkcs8Der)
    // Keys on curves of NIST and SECG also have the name of the curve in the ECPrivateKey.
    if (!keySpec.startsWith('ECC_') || keySpec === 'ECC_NIST_EDWARDS25519')
      assert.deepEqual(canonical, privateKey)
    const again = hsm.importKeyMaterial(ownerOf(keySpec), canonical)
    assert.equal(again.keyMaterialId, material.keyMaterialId)
    isRefused(keySpec, Buffer.concat([privateKey, Buffer.alloc(1)]), 'trailing')
    isRefused(keySpec, privateKey.subarray(0, -1), 'cut')
    isRefused(keySpec, publicKey, 'a public key')
    for (const other of keyPairSpecs) if (other !== keySpec) isRefused(other, privateKey, other)
  })

  test(`${keySpec}: a generated key has its public key, with the same binding`, async () => {
    const material = await hsm.generateKeyMaterial(ownerOf(keySpec))
    const { binding } = handleOf(ownerOf(keySpec), material)
    createPublicKey({ key: publicKeyOf(binding, material), ...spkiDer })
    const swaps: Partial<KeyBinding>[] = [
      { accountId: otherAccountId },
      { region: otherRegion },
      { keyId: otherKeyId },
      { keySpec: 'SYMMETRIC_DEFAULT' },
      { keyMaterialId: 'a'.repeat(64) },
    ]
    for (const swap of swaps)
      assert.throws(() => publicKeyOf({ ...binding, ...swap }, material), /key token .* does not open/)
    // The key token and the public key token do not open in place of each other.
    const swapped = { ...material, publicKeyToken: material.keyToken }
    assert.throws(() => publicKeyOf(binding, swapped), /key token .* does not open/)
    const asKey = { binding, keyToken: material.publicKeyToken ?? Buffer.alloc(0) }
    await assert.rejects(
      hsm.sign(asKey, { algorithm: 'ECDSA_SHA_256', messageType: 'RAW', message: oneByte }),
    )
  })

  test(`${keySpec}: a replica has the same material in its own region`, async () => {
    const material = await hsm.generateKeyMaterial(ownerOf(keySpec))
    const key = handleOf(ownerOf(keySpec), material)
    const replica = hsm.replicateKeyMaterial(key, otherRegion)
    assert.equal(replica.keyMaterialId, material.keyMaterialId)
    const binding = { ...key.binding, region: otherRegion }
    assert.deepEqual(publicKeyOf(binding, replica), publicKeyOf(key.binding, material))
    const again = hsm.replicateKeyMaterial({ binding, keyToken: replica.keyToken }, 'us-east-1')
    assert.equal(again.keyMaterialId, material.keyMaterialId)
    assert.throws(() => hsm.replicateKeyMaterial({ ...key, binding }, 'us-east-1'), /does not open/)
  })
}

test('a replica of a symmetric key decrypts the ciphertexts of the key', async () => {
  const material = await hsm.generateKeyMaterial(ownerOf('SYMMETRIC_DEFAULT'))
  const key = handleOf(ownerOf('SYMMETRIC_DEFAULT'), material)
  const replica = hsm.replicateKeyMaterial(key, otherRegion)
  assert.equal(replica.publicKeyToken, undefined)
  const binding = { ...key.binding, region: otherRegion }
  const sealed = atOnce(hsm.encrypt(key, Buffer.from('secret'), oneByte))
  const plaintext = atOnce(hsm.decrypt({ binding, keyToken: replica.keyToken }, sealed, oneByte))
  assert.equal(plaintext.toString(), 'secret')
})

// AWS KMS developer guide, "Requirements for imported key material".
test('a secret has the size of its spec; an HMAC key may have up to 1024 bits', () => {
  const sizes: [KeySpec, min: number, max: number][] = [
    ['SYMMETRIC_DEFAULT', 32, 32],
    ['HMAC_224', 28, 128],
    ['HMAC_256', 32, 128],
    ['HMAC_384', 48, 128],
    ['HMAC_512', 64, 128],
  ]
  const secretSpecs = (Object.keys(keySpecs) as KeySpec[]).filter(keySpec => !isKeyPairSpec(keySpec))
  assert.deepEqual(sizes.map(([keySpec]) => keySpec).sort(), secretSpecs.sort())
  for (const [keySpec, min, max] of sizes) {
    for (const size of [min, max])
      assert.equal(imported(keySpec, Buffer.alloc(size, 1)).publicKeyToken, undefined)
    for (const wrong of [0, min - 1, max + 1, 1024]) isRefused(keySpec, Buffer.alloc(wrong, 1))
  }
})

test('a message about refused material holds none of it', () => {
  const material = Buffer.from('3080secret material')
  assert.throws(
    () => imported('ECC_NIST_P256', material),
    (error: unknown) =>
      error instanceof KeyMaterialProblem && !/secret/.test(error.stack ?? '') && error.cause === undefined,
  )
})

const curves = [
  ['ECC_NIST_P256', 'prime256v1', 32],
  ['ECC_NIST_P384', 'secp384r1', 48],
  ['ECC_NIST_P521', 'secp521r1', 66],
  ['ECC_SECG_P256K1', 'secp256k1', 32],
  ['SM2', 'SM2', 32],
] as const

/** The key with a different scalar and its old point: OpenSSL accepts it. */
function withScalar(key: Buffer, size: number, scalar: Buffer): Buffer {
  const altered = Buffer.from(key)
  const start = key.indexOf(Buffer.from([4, size]), key.indexOf(Buffer.from([2, 1, 1]))) + 2
  altered.set(scalar, start)
  return altered
}

for (const [keySpec, namedCurve, size] of curves) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve, ...derEncodings })

  test(`${keySpec}: a scalar out of range, or of a different point, is refused`, () => {
    isRefused(keySpec, withScalar(privateKey, size, Buffer.alloc(size)), 'zero')
    isRefused(keySpec, withScalar(privateKey, size, Buffer.alloc(size, 0xff)), 'too large')
    const one = Buffer.alloc(size)
    one[size - 1] = 1
    isRefused(keySpec, withScalar(privateKey, size, one), 'of a different point')
  })

  test(`${keySpec}: one key has one id in every encoding`, () => {
    const id = imported(keySpec, privateKey).keyMaterialId
    const point = privateKey.subarray(-2 * size - 1)
    const compressed = ECDH.convertKey(point, namedCurve, undefined, undefined, 'compressed') as Buffer
    const start = privateKey.indexOf(Buffer.of(2, 1, 1, 4, size))
    const scalar = privateKey.subarray(start, start + 5 + size)
    const publicKeys = [Buffer.alloc(0), der.tagged(0xa1, der.bits(compressed))]
    for (const publicKey of publicKeys) {
      const inner = der.octets(der.sequence(scalar, publicKey))
      const encoded = der.sequence(Buffer.of(2, 1, 0), ecCurves[keySpec].algorithm, inner)
      assert.notDeepEqual(encoded, privateKey)
      assert.equal(imported(keySpec, encoded).keyMaterialId, id)
    }
  })
}

test('RSA keys with a small exponent, more primes, or numbers that do not belong together are refused', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3, ...derEncodings })
  isRefused('RSA_2048', small.privateKey)
  const odd = generateKeyPairSync('rsa', { modulusLength: 2056, ...derEncodings })
  isRefused('RSA_2048', odd.privateKey)
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...derEncodings })
  isRefused('RSA_2048', pss.privateKey)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { privateKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  // The private key of one modulus with a different modulus: OpenSSL reads it.
  const [modulus, otherModulus] = [privateKey, other].map(key =>
    Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url'),
  )
  assert.ok(modulus && otherModulus)
  const mixed = privateKey.export(pkcs8Der)
  mixed.set(otherModulus, mixed.indexOf(modulus))
  createPrivateKey({ key: mixed, ...pkcs8Der })
  isRefused('RSA_2048', mixed)
  // Version 1 announces that further primes follow (RFC 8017, A.1.2).
  const multi = privateKey.export(pkcs8Der)
  const version = multi.indexOf(Buffer.from('020100', 'hex'), 10)
  multi[version + 2] = 1
  isRefused('RSA_2048', multi)
})

test('an encrypted private key, PEM and the raw bytes are refused', () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const encrypted = privateKey.export({ ...pkcs8Der, cipher: 'aes-256-cbc', passphrase: 'x' })
  isRefused('ECC_NIST_EDWARDS25519', encrypted)
  isRefused('ECC_NIST_EDWARDS25519', Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })))
  isRefused('ECC_NIST_EDWARDS25519', privateKey.export(pkcs8Der).subarray(-32))
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  isRefused('ECC_NIST_P256', ec.export({ type: 'sec1', format: 'der' }))
})

test('RSA keys that are requested at once are all made', async () => {
  const pairs = await Promise.all(Array.from({ length: 6 }, () => hsm.generateKeyPair('RSA_2048')))
  assert.equal(new Set(pairs.map(({ publicKey }) => publicKey.toString('hex'))).size, 6)
})
