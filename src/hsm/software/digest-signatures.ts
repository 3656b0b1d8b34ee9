import type { KeyObject } from 'node:crypto'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { randomBytes } from '../../std/index.ts'
import { Ecdsa } from '../ecdsa/ecdsa.ts'
import { exportRaw } from '../encoding/raw-key.ts'
import { encodeSignature, readSignature } from '../encoding/signature.ts'
import { ecCurves } from './ec-curves.ts'

/** Signatures of given digests. OpenSSL can make them, but Node has no interface for it. */

/** The curves by OpenSSL's names. */
const curves: Readonly<Record<string, ECDSA>> = {
  [ecCurves.ECC_NIST_P256.name]: p256,
  [ecCurves.ECC_NIST_P384.name]: p384,
  [ecCurves.ECC_NIST_P521.name]: p521,
  [ecCurves.ECC_SECG_P256K1.name]: secp256k1,
}

const opened = new Map<string, Ecdsa>()

/** ECDSA on the curve of a key. Its tables are made once. */
function ecdsaOf(key: KeyObject): Ecdsa {
  const name = key.asymmetricKeyDetails?.namedCurve ?? ''
  const curve = curves[name]
  if (curve === undefined) throw new Error('not a key on one of these curves')
  const ecdsa = opened.get(name) ?? new Ecdsa(curve)
  opened.set(name, ecdsa)
  return ecdsa
}

/** Signs a digest with ECDSA (FIPS 186-5, 6.4), in DER. */
export function signEcdsaDigest(privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const ecdsa = ecdsaOf(privateKey)
  const scalar = exportRaw(privateKey, 'raw-private')
  const signature = ecdsa.sign(scalar, digest)
  const sizeBytes = scalar.length
  scalar.fill(0)
  return encodeSignature(signature, sizeBytes)
}

/** Verifies a signature of `signEcdsaDigest`, or any other in DER. */
export function verifyEcdsaDigest(publicKey: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const numbers = readSignature(signature)
  return (
    numbers !== undefined && ecdsaOf(publicKey).verify(exportRaw(publicKey, 'raw-public'), digest, numbers)
  )
}

const mlDsa = { 'ml-dsa-44': ml_dsa44, 'ml-dsa-65': ml_dsa65, 'ml-dsa-87': ml_dsa87 } as const

function mlDsaOf(key: KeyObject) {
  const type = key.asymmetricKeyType as string
  if (!Object.hasOwn(mlDsa, type)) throw new Error('not an ML-DSA key')
  return mlDsa[type as keyof typeof mlDsa]
}

/** Signs a message representative µ with ML-DSA (FIPS 204, 6.2), hedged. */
export function signMlDsaMu(privateKey: KeyObject, mu: Uint8Array): Uint8Array {
  const { keygen, internal } = mlDsaOf(privateKey)
  const seed = exportRaw(privateKey, 'raw-seed')
  const { secretKey } = keygen(seed)
  seed.fill(0)
  const signature = internal.sign(mu, secretKey, { externalMu: true, extraEntropy: randomBytes(32) })
  secretKey.fill(0)
  return signature
}

/** Verifies a signature of ML-DSA over a message representative µ (FIPS 204, 6.3). */
export function verifyMlDsaMu(publicKey: KeyObject, mu: Uint8Array, signature: Uint8Array): boolean {
  const { internal } = mlDsaOf(publicKey)
  return internal.verify(signature, mu, exportRaw(publicKey, 'raw-public'), { externalMu: true })
}
