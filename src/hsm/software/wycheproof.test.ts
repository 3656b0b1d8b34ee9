import assert from 'node:assert/strict'
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import type { KeySpec, MacAlgorithm, SigningAlgorithm } from '../../domain/index.ts'
import { der } from '../../std/index.ts'
import type { KeyHandle } from '../key-handle.ts'
import { KeyMaterialProblem, PublicKeyProblem, SealBroken } from '../problems.ts'
import { handleOf, makeTestHsm, muOf, ownerOf, pkcs8Der, spkiDer } from '../samples.test.ts'
import { verifyEd25519 } from './ed25519.ts'
import { Lanes } from './lanes.ts'
import { verifyWith } from './signing.ts'
import { unwrapKwp } from './unwrapping.ts'

// The test vectors of C2SP/wycheproof are not part of the checkout.
const checkout = resolve(import.meta.dirname, '../../..')
const folder = process.env.KEYWARD_VECTORS ?? join(checkout, '../shared/vectors/wycheproof')

const { hsm } = makeTestHsm()
const lanes = new Lanes()
const lane = lanes.for(undefined)
after(() => {
  hsm.close()
  lanes.close()
})

type Fields = Record<string, string>
interface Vector {
  readonly tcId: number
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly flags: readonly string[]
  readonly fields: Fields
}
interface Group {
  readonly fields: Fields
  readonly vectors: readonly Vector[]
}

/** Whether a vector should be accepted, also for vectors that say `acceptable`. */
type Judge = (vector: Vector) => boolean
const isValid: Judge = ({ result }) => result === 'valid'

const hex = (text: string | undefined) => Buffer.from(text ?? '', 'hex')

/** Tests every vector of a file; `accepts` returns whether one is accepted, undefined for one that is not for Keyward. */
function vectorTest(
  file: string,
  accepts: (vector: Vector, group: Group) => Promise<boolean | undefined> | boolean | undefined,
  isExpected: Judge = isValid,
): void {
  const path = join(folder, `${file}_test.json`)
  const skip = existsSync(path) ? false : `no ${path}`
  test(`Wycheproof: ${file}`, { skip }, async (t: TestContext) => {
    const wrong: string[] = []
    let count = 0
    let passed = 0
    for (const group of readGroups(path)) {
      for (const vector of group.vectors) {
        const accepted = await accepts(vector, group)
        if (accepted === undefined) passed++
        else count++
        if (accepted !== undefined && accepted !== isExpected(vector))
          wrong.push(`${vector.tcId} (${vector.result}, ${vector.flags}): ${vector.fields.comment}`)
      }
    }
    t.diagnostic(`${count} vectors, ${passed} not of Keyward's algorithms`)
    assert.deepEqual(wrong, [])
    assert.ok(count > 20)
  })
}

function readGroups(path: string): Group[] {
  const { testGroups } = JSON.parse(readFileSync(path, 'utf8'))
  return testGroups.map((group: Fields & { tests: (Fields & Omit<Vector, 'fields'>)[] }) => ({
    fields: group,
    vectors: group.tests.map(({ tcId, result, flags, ...fields }) => ({
      tcId,
      result,
      flags: flags ?? [],
      fields,
    })),
  }))
}

/** The public key of a group; undefined for the forms in some vectors that no key has. */
function publicKeyOf({ fields }: Group): KeyObject | undefined {
  try {
    return createPublicKey({ key: hex(fields.publicKeyDer), ...spkiDer })
  } catch {
    return undefined
  }
}

/** Verifies the message and its digest; both must have the same outcome. */
function verifies(algorithm: SigningAlgorithm, hash?: string) {
  return async ({ fields }: Vector, group: Group) => {
    const publicKey = publicKeyOf(group)
    if (publicKey === undefined) return false
    const message = hex(fields.msg)
    const signature = hex(fields.sig)
    const raw = await verifyWith(publicKey, { algorithm, messageType: 'RAW', message }, signature, lane)
    if (hash === undefined) return raw
    const digest = createHash(hash).update(message).digest()
    const ofDigest = { algorithm, messageType: 'DIGEST', message: digest } as const
    assert.equal(await verifyWith(publicKey, ofDigest, signature, lane), raw, `${fields.comment}`)
    return raw
  }
}

vectorTest('rsa_pss_2048_sha256_mgf1_32', verifies('RSASSA_PSS_SHA_256', 'sha256'))
vectorTest('rsa_pss_2048_sha384_mgf1_48', verifies('RSASSA_PSS_SHA_384', 'sha384'))
vectorTest('rsa_pss_4096_sha512_mgf1_64', verifies('RSASSA_PSS_SHA_512', 'sha512'))
// The vectors accept signatures whose DigestInfo lacks the NULL; Keyward follows RFC 8017, 8.2.2, and refuses them.
vectorTest('rsa_signature_2048_sha256', verifies('RSASSA_PKCS1_V1_5_SHA_256', 'sha256'))
vectorTest('rsa_signature_3072_sha384', verifies('RSASSA_PKCS1_V1_5_SHA_384', 'sha384'))
vectorTest('rsa_signature_4096_sha512', verifies('RSASSA_PKCS1_V1_5_SHA_512', 'sha512'))
vectorTest('ecdsa_secp256r1_sha256', verifies('ECDSA_SHA_256', 'sha256'))
vectorTest('ecdsa_secp256k1_sha256', verifies('ECDSA_SHA_256', 'sha256'))
vectorTest('ecdsa_secp384r1_sha384', verifies('ECDSA_SHA_384', 'sha384'))
vectorTest('ecdsa_secp521r1_sha512', verifies('ECDSA_SHA_512', 'sha512'))
vectorTest('ed25519', async (vector, group) => {
  const accepted = await verifies('ED25519_SHA_512')(vector, group)
  const publicKey = publicKeyOf(group)
  const { msg, sig } = vector.fields
  // OpenSSL decides about most signatures before this function is asked.
  if (publicKey !== undefined) assert.equal(verifyEd25519(publicKey, hex(msg), hex(sig)), accepted)
  return accepted
})

const importedKeys = new Map<string, KeyHandle>()

/** The key of a private key in PKCS#8 or a secret. Throws KeyMaterialProblem. */
function imported(keySpec: KeySpec, material: Buffer): KeyHandle {
  const cacheKey = `${keySpec}:${material.toString('hex')}`
  const known = importedKeys.get(cacheKey)
  if (known !== undefined) return known
  const keyId = `00000000-0000-4000-8000-${String(importedKeys.size).padStart(12, '0')}`
  const owner = ownerOf(keySpec, { keyId })
  const key = handleOf(owner, hsm.importKeyMaterial(owner, material))
  importedKeys.set(cacheKey, key)
  return key
}

/** A private key in PKCS#8 from one of Node's raw formats, which its types do not know. */
function pkcs8Of(options: Record<string, unknown>): Buffer {
  return createPrivateKey(options as never).export(pkcs8Der)
}

/** Returns undefined if `use` throws a problem of this kind. */
async function unless<T>(problem: new () => Error, use: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await use()
  } catch (error) {
    if (error instanceof problem) return undefined
    throw error
  }
}

const oaep =
  (keySpec: KeySpec, algorithm: 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256') =>
  async ({ fields }: Vector, group: Group) => {
    const key = imported(keySpec, hex(group.fields.privateKeyPkcs8))
    const plaintext = await unless(SealBroken, () => hsm.decryptAsymmetric(key, algorithm, hex(fields.ct)))
    if (plaintext !== undefined) assert.equal(plaintext.toString('hex'), fields.msg)
    return plaintext !== undefined
  }
// KMS has no labels, so a ciphertext with one is not KMS's.
const hasNoLabel: Judge = vector => isValid(vector) && (vector.fields.label ?? '') === ''
vectorTest('rsa_oaep_2048_sha1_mgf1sha1', oaep('RSA_2048', 'RSAES_OAEP_SHA_1'), hasNoLabel)
vectorTest('rsa_oaep_2048_sha256_mgf1sha256', oaep('RSA_2048', 'RSAES_OAEP_SHA_256'), hasNoLabel)
vectorTest('rsa_oaep_3072_sha256_mgf1sha256', oaep('RSA_3072', 'RSAES_OAEP_SHA_256'), hasNoLabel)
vectorTest('rsa_oaep_4096_sha256_mgf1sha256', oaep('RSA_4096', 'RSAES_OAEP_SHA_256'), hasNoLabel)

const ecdh =
  (keySpec: KeySpec, namedCurve: string, sizeBytes: number) =>
  async ({ fields }: Vector) => {
    const scalar = hex(
      BigInt(`0x${fields.private}`)
        .toString(16)
        .padStart(2 * sizeBytes, '0'),
    )
    const raw = { key: scalar, format: 'raw-private', asymmetricKeyType: 'ec', namedCurve }
    const key = imported(keySpec, pkcs8Of(raw))
    const secret = await unless(PublicKeyProblem, () => hsm.deriveSharedSecret(key, hex(fields.public)))
    if (secret !== undefined) assert.equal(secret.toString('hex'), fields.shared)
    return secret !== undefined
  }
// Wycheproof leaves some vectors open. Keyward accepts compressed points, and refuses unnamed curves and odd encodings.
const isCompressed = ({ flags }: Vector) =>
  flags.every(flag => flag === 'CompressedPoint' || flag === 'CompressedPublic')
const hasNamedCurve: Judge = vector =>
  isValid(vector) || (vector.result === 'acceptable' && isCompressed(vector))
vectorTest('ecdh_secp256r1', ecdh('ECC_NIST_P256', 'prime256v1', 32), hasNamedCurve)
vectorTest('ecdh_secp384r1', ecdh('ECC_NIST_P384', 'secp384r1', 48), hasNamedCurve)
vectorTest('ecdh_secp521r1', ecdh('ECC_NIST_P521', 'secp521r1', 66), hasNamedCurve)

for (const bits of [224, 256, 384, 512] as const) {
  const algorithm: MacAlgorithm = `HMAC_SHA_${bits}`
  // KMS keys are as long as the hash, and its MACs are not truncated.
  vectorTest(`hmac_sha${bits}`, ({ fields }, group) => {
    if (Number(group.fields.keySize) !== bits) return undefined
    const key = imported(`HMAC_${bits}`, hex(fields.key))
    const isMac = hsm.verifyMac(key, algorithm, hex(fields.msg), hex(fields.tag))
    if (Number(group.fields.tagSize) !== bits) {
      assert.equal(isMac, false)
      return undefined
    }
    if (isMac) assert.equal(hsm.generateMac(key, algorithm, hex(fields.msg)).toString('hex'), fields.tag)
    return isMac
  })
}

vectorTest('aes_kwp', async ({ fields }, group) => {
  if (Number(group.fields.keySize) !== 256) return undefined
  const material = await unless(SealBroken, () => unwrapKwp(hex(fields.key), hex(fields.ct)))
  if (material !== undefined) assert.equal(material.toString('hex'), fields.msg)
  return material !== undefined
})

const algorithm = 'ML_DSA_SHAKE_256'
async function verifiesMlDsa(publicKey: KeyObject, message: Buffer, signature: Buffer): Promise<boolean> {
  const raw = await verifyWith(publicKey, { algorithm, messageType: 'RAW', message }, signature, lane)
  const mu = { algorithm, messageType: 'EXTERNAL_MU', message: muOf(message, publicKey) } as const
  assert.equal(await verifyWith(publicKey, mu, signature, lane), raw)
  return raw
}

for (const size of [44, 65, 87] as const) {
  /** Puts the seed into PKCS#8 by hand (RFC 9881, 6), so that it can have a wrong length. */
  const importedOf = ({ fields }: Group) => {
    const oid = Buffer.from(`060960864801650304031${{ 44: 1, 65: 2, 87: 3 }[size]}`, 'hex')
    const seed = der.octets(der.tagged(0x80, hex(fields.privateSeed)))
    const pkcs8 = der.sequence(Buffer.of(2, 1, 0), der.sequence(oid), seed)
    if (fields.privateKeyPkcs8) assert.equal(pkcs8.toString('hex'), fields.privateKeyPkcs8)
    return imported(`ML_DSA_${size}`, pkcs8)
  }

  // KMS has no contexts.
  vectorTest(`mldsa_${size}_verify`, async ({ fields }, group) => {
    if ((fields.ctx ?? '') !== '') return undefined
    const publicKey = publicKeyOf(group)
    return publicKey !== undefined && verifiesMlDsa(publicKey, hex(fields.msg), hex(fields.sig))
  })

  // The signatures of the vectors are not hedged and KMS's are: they differ, but both verify.
  vectorTest(`mldsa_${size}_sign_seed`, async ({ fields }, group) => {
    if ((fields.ctx ?? '') !== '') return undefined
    const key = await unless(KeyMaterialProblem, () => importedOf(group))
    if (key === undefined) return false
    const mu = { algorithm, messageType: 'EXTERNAL_MU', message: hex(fields.mu) } as const
    if (fields.msg === undefined) return hsm.verify(key, mu, hex(fields.sig))
    const raw = { algorithm, messageType: 'RAW', message: hex(fields.msg) } as const
    assert.ok(await hsm.verify(key, mu, hex(fields.sig)))
    assert.ok(await hsm.verify(key, mu, await hsm.sign(key, raw)))
    assert.ok(await hsm.verify(key, raw, await hsm.sign(key, mu)))
    return hsm.verify(key, raw, hex(fields.sig))
  })
}

for (const size of [512, 768, 1024] as const) {
  vectorTest(`mlkem_${size}`, async ({ fields }) => {
    const raw = { key: hex(fields.seed), format: 'raw-seed', asymmetricKeyType: `ml-kem-${size}` }
    if (raw.key.length !== 64) return false
    const key = imported(`ML_KEM_${size}`, pkcs8Of(raw))
    const secret = await unless(SealBroken, () => hsm.decapsulate(key, hex(fields.c)))
    if (secret !== undefined && fields.K !== undefined) assert.equal(secret.toString('hex'), fields.K)
    return secret !== undefined
  })
}
