import { createECDH, createPublicKey, ECDH, type KeyObject } from 'node:crypto'
import type { KeyPairSpec } from '../../domain/index.ts'
import { copySecret, der, derTag, readDer, readOnlyDer } from '../../std/index.ts'

/** The key specs whose keys are points of a curve in Weierstrass form. */
export type EcKeySpec = Extract<KeyPairSpec, `ECC_NIST_P${string}` | 'ECC_SECG_P256K1' | 'SM2'>

/** A curve, as the keys on it name it. */
export interface EcCurve {
  /** OpenSSL's name of the curve. */
  readonly name: string
  /** The AlgorithmIdentifier of the curve's keys (RFC 5480, 2.1.1; GM/T 0006 for SM2), in DER. */
  readonly algorithm: Buffer
  readonly fieldSizeBytes: number
}

const curve = (name: string, fieldSizeBytes: number, oid: string): EcCurve => ({
  name,
  fieldSizeBytes,
  algorithm: der.sequence(Buffer.from('06072a8648ce3d0201', 'hex'), Buffer.from(oid, 'hex')),
})

/** The curve of each key spec. */
export const ecCurves = {
  ECC_NIST_P256: curve('prime256v1', 32, '06082a8648ce3d030107'),
  ECC_NIST_P384: curve('secp384r1', 48, '06052b81040022'),
  ECC_NIST_P521: curve('secp521r1', 66, '06052b81040023'),
  ECC_SECG_P256K1: curve('secp256k1', 32, '06052b8104000a'),
  SM2: curve('SM2', 32, '06082a811ccf5501822d'),
} as const satisfies Record<EcKeySpec, EcCurve>

/** Whether a key is on a curve of NIST or SECG. */
export function isEcc(keySpec: KeyPairSpec): keySpec is Exclude<EcKeySpec, 'SM2'> {
  return keySpec in ecCurves && keySpec !== 'SM2'
}

// Node has no type and no raw form for the SM2 keys that OpenSSL reads, so both halves of all keys are read from DER.

/**
 * The point of a public key: 04 ‖ x ‖ y. Throws Error if the key names a different curve, gives the parameters of its curve
 * instead of its name, or has its point in a form other than uncompressed and compressed (RFC 5480, 2.2: the hybrid forms 06 and
 * 07, which OpenSSL reads, must be rejected); and DerProblem if the key is not on a curve at all.
 */
export function pointOf(publicKey: KeyObject, { name, algorithm }: EcCurve): Buffer {
  const spki = readOnlyDer(publicKey.export({ type: 'spki', format: 'der' }), derTag.sequence)
  if (!spki.subarray(0, algorithm.length).equals(algorithm)) throw new Error('a key of a different curve')
  const point = readOnlyDer(spki.subarray(algorithm.length), derTag.bitString).subarray(1)
  if (point[0] === 4) return point
  if (point[0] !== 2 && point[0] !== 3) throw new Error('a point in a different form')
  return ECDH.convertKey(point, name, undefined, undefined, 'uncompressed') as Buffer
}

/** The content of the BIT STRING in an ECPrivateKey (RFC 5915, 3), which is its point, if it has one. Throws DerProblem. */
export function pointBitsOf(ecPrivateKey: Buffer): Buffer | undefined {
  const version = readDer(readOnlyDer(ecPrivateKey, derTag.sequence), derTag.integer)
  const { rest } = readDer(version.rest, derTag.octetString)
  const behind = rest[0] === 0xa0 ? readDer(rest, 0xa0).rest : rest
  return behind.length === 0 ? undefined : readOnlyDer(readOnlyDer(behind, 0xa1), derTag.bitString)
}

/** The scalar of a private key, big-endian, as long as the field. The caller wipes it. Throws as `pointOf` does. */
export function scalarOf(privateKey: KeyObject, { algorithm, fieldSizeBytes }: EcCurve): Buffer {
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  try {
    const version = readDer(readOnlyDer(pkcs8, derTag.sequence), derTag.integer)
    if (!version.rest.subarray(0, algorithm.length).equals(algorithm))
      throw new Error('a key of a different curve')
    const inner = readDer(version.rest.subarray(algorithm.length), derTag.octetString).value
    const innerVersion = readDer(readOnlyDer(inner, derTag.sequence), derTag.integer)
    const scalar = readDer(innerVersion.rest, derTag.octetString).value
    if (scalar.length !== fieldSizeBytes) throw new Error('a private key of a different size')
    return copySecret(scalar)
  } finally {
    pkcs8.fill(0)
  }
}

/**
 * Encodes a private key as OpenSSL encodes the keys that it makes itself: named curve, full scalar, uncompressed point.
 * Throws Error if the scalar is out of range, or if the point that came with it belongs to a different one: OpenSSL accepts
 * both.
 */
export function canonicalEcKey(privateKey: KeyObject, ecCurve: EcCurve): Buffer {
  const scalar = scalarOf(privateKey, ecCurve)
  const ecdh = createECDH(ecCurve.name)
  try {
    ecdh.setPrivateKey(scalar)
    const point = ecdh.getPublicKey()
    if (!point.equals(pointOf(createPublicKey(privateKey), ecCurve)))
      throw new Error('a public key of a different private key')
    return encodePrivateKey(scalar, point, ecCurve)
  } finally {
    scalar.fill(0)
  }
}

/**
 * Adds the name of the curve to the ECPrivateKey (RFC 5915, 3) of a private key that OpenSSL made: the private keys that AWS
 * hands out have it (recorded from AWS). Wipes the given key.
 */
export function withCurveName(pkcs8: Buffer, { algorithm }: EcCurve): Buffer {
  const version = readDer(readOnlyDer(pkcs8, derTag.sequence), derTag.integer)
  const key = readOnlyDer(version.rest.subarray(algorithm.length), derTag.octetString)
  const keyVersion = readDer(readOnlyDer(key, derTag.sequence), derTag.integer)
  const scalar = readDer(keyVersion.rest, derTag.octetString)
  const octets = der.octets(scalar.value)
  // The second part of the algorithm is the curve.
  const curveName = readOnlyDer(algorithm, derTag.sequence).subarray(9)
  const contents = [octets, der.tagged(0xa0, curveName), scalar.rest]
  const named = der.sequence(der.unsigned(keyVersion.value), ...contents)
  const wrapped = der.octets(named)
  const renewed = der.sequence(der.unsigned(version.value), algorithm, wrapped)
  for (const secret of [octets, named, wrapped, pkcs8]) secret.fill(0)
  return renewed
}

/** PrivateKeyInfo (RFC 5208) with an ECPrivateKey (RFC 5915). */
function encodePrivateKey(scalar: Buffer, point: Buffer, { algorithm }: EcCurve): Buffer {
  const bitString = der.bits(point)
  const version = der.integer(1)
  const octets = der.octets(scalar)
  const inner = der.sequence(version, octets, der.tagged(0xa1, bitString))
  const wrapped = der.octets(inner)
  const pkcs8 = der.sequence(der.integer(0), algorithm, wrapped)
  for (const secret of [octets, inner, wrapped]) secret.fill(0)
  return pkcs8
}
