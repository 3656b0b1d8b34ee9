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

/** A key pair to work with, in OpenSSL's memory. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** A key pair as PKCS#8 and SubjectPublicKeyInfo, both DER. */
export interface EncodedKeyPair {
  readonly privateKey: Buffer
  readonly publicKey: Buffer
}

type RsaModulusLength = 2048 | 3072 | 4096

/** Makes an RSA private key of so many bits, with the exponent 65537. That takes tens of milliseconds to seconds. */
export type RsaGenerator = (modulusLength: RsaModulusLength) => Promise<KeyObject>

/** The places where key pairs are made. */
export interface KeyMaker {
  readonly generateRsa: RsaGenerator
  /** Runs a job of OpenSSL that works in libuv's pool. */
  pool<T>(job: () => Promise<T>): Promise<T>
}

/** The functions of a key spec whose key material is a key pair. */
interface KeyPairFunctions {
  /**
   * Whether an imported key may be in BER too (AWS KMS developer guide, "Requirements for imported key material"). Ed25519 keys
   * may not (recorded from AWS).
   */
  readonly takesBer: boolean
  generate(maker: KeyMaker): Promise<EncodedKeyPair>
  /**
   * Encodes an imported key in PKCS#8 as keys made here are encoded, so that a key material has one id in every encoding.
   * Throws Error if the key does not fit the spec or its parts do not belong together.
   */
  canonical(privateKey: KeyObject): Buffer
}

const pkcs8Der = { type: 'pkcs8', format: 'der' } as const
const spkiDer = { type: 'spki', format: 'der' } as const
const encodings = { privateKeyEncoding: pkcs8Der, publicKeyEncoding: spkiDer }

// OpenSSL generates in libuv's pool. RSA keys take tens of milliseconds to seconds, so they are not made there.
type Done = (error: Error | null, publicKey: Buffer, privateKey: Buffer) => void
const generated = (maker: KeyMaker, start: (done: Done) => void): Promise<EncodedKeyPair> =>
  maker.pool(
    () =>
      new Promise((resolve, reject) => {
        start((error, publicKey, privateKey) =>
          error === null || error === undefined ? resolve({ privateKey, publicKey }) : reject(error),
        )
      }),
  )

const rsa = (modulusLength: RsaModulusLength): KeyPairFunctions => ({
  takesBer: true,
  async generate(maker) {
    const privateKey = await maker.generateRsa(modulusLength)
    return { privateKey: privateKey.export(pkcs8Der), publicKey: createPublicKey(privateKey).export(spkiDer) }
  },
  canonical(privateKey) {
    const { asymmetricKeyType, asymmetricKeyDetails = {} } = privateKey
    if (asymmetricKeyType !== 'rsa') throw new Error('not an RSA key')
    if (asymmetricKeyDetails.modulusLength !== modulusLength) throw new Error('a modulus of a different size')
    return canonicalRsaKey(privateKey)
  },
})

const ec = (keySpec: EcKeySpec): KeyPairFunctions => ({
  takesBer: true,
  generate: maker =>
    generated(maker, done =>
      generateKeyPair('ec', { namedCurve: ecCurves[keySpec].name, ...encodings }, done),
    ),
  canonical: privateKey => canonicalEcKey(privateKey, ecCurves[keySpec]),
})

/** Throws Error for a key that does not sign. */
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

/** Keys whose parts all come from one string of bytes: the raw key, or the seed (FIPS 203, FIPS 204). */
const ofSeed = (type: string, format: 'raw-private' | 'raw-seed'): KeyPairFunctions => ({
  takesBer: false,
  generate: maker => generated(maker, done => generateNamed(type, encodings, done)),
  canonical(privateKey) {
    if (privateKey.asymmetricKeyType !== type) throw new Error('a key of a different algorithm')
    // The export fails for a key that came without its seed.
    const key = privateKey.export({ format } as never) as unknown as Buffer
    const again = createPrivateKey({ key, format, asymmetricKeyType: type } as never)
    key.fill(0)
    return again.export(pkcs8Der)
  },
})

/** The functions of each key spec whose key material is a key pair; its facts stand in `domain/kms/key-spec.ts`. */
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

/** Opens a key pair from PKCS#8 that was made or checked here. */
export function openKeyPair(pkcs8: Buffer): KeyPair {
  const privateKey = createPrivateKey({ key: pkcs8, ...pkcs8Der })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

/** SubjectPublicKeyInfo in DER. */
export function publicKeyDer({ publicKey }: KeyPair): Buffer {
  return publicKey.export(spkiDer)
}
