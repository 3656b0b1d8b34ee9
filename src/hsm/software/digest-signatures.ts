import type { KeyObject } from 'node:crypto'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { randomBytes } from '../../std/index.ts'
import { exportRaw } from '../encoding/raw-key.ts'
import { type EcKeySpec, ecCurves, pointOf, scalarOf } from './ec-curves.ts'

/** Signatures of given digests. OpenSSL can make them, but Node has no interface for it. */

type NobleCurveSpec = Exclude<EcKeySpec, 'SM2'>

const ecdsa = {
  ECC_NIST_P256: p256,
  ECC_NIST_P384: p384,
  ECC_NIST_P521: p521,
  ECC_SECG_P256K1: secp256k1,
} as const satisfies Record<NobleCurveSpec, ECDSA>

/** The curve of an EC key. */
function specOf(key: KeyObject): NobleCurveSpec {
  const name = key.asymmetricKeyDetails?.namedCurve
  const spec = (Object.keys(ecdsa) as NobleCurveSpec[]).find(keySpec => ecCurves[keySpec].name === name)
  if (spec === undefined) throw new Error('not a key on one of these curves')
  return spec
}

// AWS does not normalise s to the lower half, so neither half may be refused.
const ecdsaOptions = { prehash: false, lowS: false, format: 'der' } as const

/** Signs a digest with ECDSA (FIPS 186-5, 6.4), in DER; the nonce is that of RFC 6979, hedged with randomness (3.6). */
export function signEcdsaDigest(privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const spec = specOf(privateKey)
  const scalar = scalarOf(privateKey, ecCurves[spec])
  const signature = ecdsa[spec].sign(digest, scalar, { ...ecdsaOptions, extraEntropy: randomBytes(32) })
  scalar.fill(0)
  return signature
}

/** Verifies a signature of `signEcdsaDigest`, or any other in DER. */
export function verifyEcdsaDigest(publicKey: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const spec = specOf(publicKey)
  return ecdsa[spec].verify(signature, digest, pointOf(publicKey, ecCurves[spec]), ecdsaOptions)
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
