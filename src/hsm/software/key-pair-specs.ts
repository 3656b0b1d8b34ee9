import {
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPair,
  type KeyObject,
} from 'node:crypto'
import type { KeyPairSpec } from '../../domain/index.ts'
import { randomBytes } from '../../std/index.ts'
import { canonicalEcKey, type EcKeySpec, ecCurves } from './ec-curves.ts'
import { canonicalRsaKey } from './rsa-keys.ts'

/** A key to work with, in OpenSSL's memory. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** PKCS#8 and SubjectPublicKeyInfo, both DER. */
export interface EncodedKeyPair {
  readonly privateKey: Buffer
  readonly publicKey: Buffer
}

/** Makes an RSA private key of so many bits, with the exponent 65537; that takes tens of milliseconds to seconds. */
export type RsaGenerator = (modulusLength: 2048 | 3072 | 4096) => Promise<KeyObject>

interface KeyPairFunctions {
  /**
   * Whether a key that is given can be in BER too (AWS KMS developer guide, "Requirements for imported key material"); Ed25519
   * keys cannot (recorded from AWS).
   */
  readonly takesBer: boolean
  generate(generateRsa: RsaGenerator): Promise<EncodedKeyPair>
  /**
   * The PKCS#8 of a key that is given, in the one encoding that keys made here have, so that a key material has one id
   * however it is encoded. Throws where the key is not of the spec or does not hold together.
   */
  canonical(privateKey: KeyObject): Buffer
}

const pkcs8Der = { type: 'pkcs8', format: 'der' } as const
const spkiDer = { type: 'spki', format: 'der' } as const
const encodings = { privateKeyEncoding: pkcs8Der, publicKeyEncoding: spkiDer }

// OpenSSL generates in libuv's pool, but for RSA keys, which take from tens of milliseconds to seconds.
type Done = (error: Error | null, publicKey: Buffer, privateKey: Buffer) => void
function generated(start: (done: Done) => void): Promise<EncodedKeyPair> {
  return new Promise((resolve, reject) => {
    start((error, publicKey, privateKey) =>
      error === null || error === undefined ? resolve({ privateKey, publicKey }) : reject(error),
    )
  })
}

const rsa = (modulusLength: 2048 | 3072 | 4096): KeyPairFunctions => ({
  takesBer: true,
  async generate(generateRsa) {
    const privateKey = await generateRsa(modulusLength)
    return { privateKey: privateKey.export(pkcs8Der), publicKey: createPublicKey(privateKey).export(spkiDer) }
  },
  canonical(privateKey) {
    const { asymmetricKeyType, asymmetricKeyDetails = {} } = privateKey
    if (asymmetricKeyType !== 'rsa') throw new Error('not an RSA key')
    if (asymmetricKeyDetails.modulusLength !== modulusLength) throw new Error('a modulus of another size')
    return canonicalRsaKey(privateKey)
  },
})

const ec = (keySpec: EcKeySpec): KeyPairFunctions => ({
  takesBer: true,
  generate: () =>
    generated(done => generateKeyPair('ec', { namedCurve: ecCurves[keySpec].name, ...encodings }, done)),
  canonical: privateKey => canonicalEcKey(privateKey, ecCurves[keySpec]),
})

/** Of a scalar that is no private key, though the curve has it. */
function checkSigns(privateKey: KeyObject, hash: string): void {
  const message = randomBytes(32)
  const signature = createSign(hash).update(message).sign(privateKey)
  if (!createVerify(hash).update(message).verify(createPublicKey(privateKey), signature))
    throw new Error('a private key that does not sign')
}

const sm2: KeyPairFunctions = {
  ...ec('SM2'),
  canonical(privateKey) {
    const pkcs8 = canonicalEcKey(privateKey, ecCurves.SM2)
    // n − 1 is a scalar of the curve but signs nothing (GB/T 32918.2, 6.1).
    checkSigns(privateKey, 'sm3')
    return pkcs8
  },
}

// The types of @types/node have one overload per algorithm, and these functions take the name as a value.
const generateNamed = generateKeyPair as unknown as (
  type: string,
  options: typeof encodings,
  done: Done,
) => void

/** Keys whose material is a string of bytes that everything else comes from: the raw key, or the seed (FIPS 203, 204). */
const ofSeed = (type: string, format: 'raw-private' | 'raw-seed'): KeyPairFunctions => ({
  takesBer: false,
  generate: () => generated(done => generateNamed(type, encodings, done)),
  canonical(privateKey) {
    if (privateKey.asymmetricKeyType !== type) throw new Error('a key of another algorithm')
    // Fails for a key that was given without its seed.
    const key = privateKey.export({ format } as never) as unknown as Buffer
    const again = createPrivateKey({ key, format, asymmetricKeyType: type } as never)
    key.fill(0)
    return again.export(pkcs8Der)
  },
})

export const keyPairSpecs = {
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ec('ECC_NIST_P256'),
  ECC_NIST_P384: ec('ECC_NIST_P384'),
  ECC_NIST_P521: ec('ECC_NIST_P521'),
  ECC_SECG_P256K1: ec('ECC_SECG_P256K1'),
  ECC_NIST_EDWARDS25519: ofSeed('ed25519', 'raw-private'),
  SM2: sm2,
  ML_DSA_44: ofSeed('ml-dsa-44', 'raw-seed'),
  ML_DSA_65: ofSeed('ml-dsa-65', 'raw-seed'),
  ML_DSA_87: ofSeed('ml-dsa-87', 'raw-seed'),
  ML_KEM_512: ofSeed('ml-kem-512', 'raw-seed'),
  ML_KEM_768: ofSeed('ml-kem-768', 'raw-seed'),
  ML_KEM_1024: ofSeed('ml-kem-1024', 'raw-seed'),
} as const satisfies Record<KeyPairSpec, KeyPairFunctions>

/** A key pair of PKCS#8 that was made or checked here. */
export function openKeyPair(pkcs8: Buffer): KeyPair {
  const privateKey = createPrivateKey({ key: pkcs8, ...pkcs8Der })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

export function publicKeyDer({ publicKey }: KeyPair): Buffer {
  return publicKey.export(spkiDer)
}
