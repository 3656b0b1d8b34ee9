import { createECDH, createPublicKey, ECDH, type KeyObject } from 'node:crypto'
import type { KeyPairSpec } from '../../domain/index.ts'
import { derTag, encodeDer, encodeDerUnsigned, readDer, readOnlyDer } from '../encoding/der.ts'

export type EcKeySpec = Extract<KeyPairSpec, `ECC_NIST_P${string}` | 'ECC_SECG_P256K1' | 'SM2'>

export interface EcCurve {
  /** As OpenSSL names it. */
  readonly name: string
  /** The AlgorithmIdentifier of the curve's keys (RFC 5480, 2.1.1; GM/T 0006 for SM2), in DER. */
  readonly algorithm: Buffer
  readonly fieldSizeBytes: number
}

const curve = (name: string, fieldSizeBytes: number, oid: string): EcCurve => ({
  name,
  fieldSizeBytes,
  algorithm: encodeDer(derTag.sequence, Buffer.from('06072a8648ce3d0201', 'hex'), Buffer.from(oid, 'hex')),
})

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
 * The point of a public key: 04 ‖ x ‖ y. Throws where the key names another curve, or gives the parameters of its curve
 * instead of its name; DerProblem where it is no key of a curve at all.
 */
export function pointOf(publicKey: KeyObject, { name, algorithm }: EcCurve): Buffer {
  const spki = readOnlyDer(publicKey.export({ type: 'spki', format: 'der' }), derTag.sequence)
  if (!spki.subarray(0, algorithm.length).equals(algorithm)) throw new Error('a key of another curve')
  const point = readOnlyDer(spki.subarray(algorithm.length), derTag.bitString).subarray(1)
  return point[0] === 4
    ? point
    : (ECDH.convertKey(point, name, undefined, undefined, 'uncompressed') as Buffer)
}

/** The scalar of a private key, big-endian, as long as the field. The caller wipes it. Throws as `pointOf` does. */
export function scalarOf(privateKey: KeyObject, { algorithm, fieldSizeBytes }: EcCurve): Buffer {
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  try {
    const version = readDer(readOnlyDer(pkcs8, derTag.sequence), derTag.integer)
    if (!version.rest.subarray(0, algorithm.length).equals(algorithm))
      throw new Error('a key of another curve')
    const inner = readDer(version.rest.subarray(algorithm.length), derTag.octetString).value
    const innerVersion = readDer(readOnlyDer(inner, derTag.sequence), derTag.integer)
    const scalar = readDer(innerVersion.rest, derTag.octetString).value
    if (scalar.length !== fieldSizeBytes) throw new Error('a private key of another size')
    return Buffer.from(Uint8Array.from(scalar).buffer)
  } finally {
    pkcs8.fill(0)
  }
}

/**
 * A private key in the one encoding that OpenSSL gives the keys it makes itself: named curve, full scalar, uncompressed
 * point. Throws where the scalar is out of range, or the point that came with it is not its own: OpenSSL accepts both.
 */
export function canonicalEcKey(privateKey: KeyObject, ecCurve: EcCurve): Buffer {
  const scalar = scalarOf(privateKey, ecCurve)
  const ecdh = createECDH(ecCurve.name)
  try {
    ecdh.setPrivateKey(scalar)
    const point = ecdh.getPublicKey()
    if (!point.equals(pointOf(createPublicKey(privateKey), ecCurve)))
      throw new Error('a public key that is not of the private key')
    return encodePrivateKey(scalar, point, ecCurve)
  } finally {
    scalar.fill(0)
  }
}

/**
 * A private key that OpenSSL made, with the name of its curve in the ECPrivateKey too (RFC 5915, 3), as those that AWS gives out
 * have it (recorded). The key given is wiped.
 */
export function withCurveName(pkcs8: Buffer, { algorithm }: EcCurve): Buffer {
  const version = readDer(readOnlyDer(pkcs8, derTag.sequence), derTag.integer)
  const key = readOnlyDer(version.rest.subarray(algorithm.length), derTag.octetString)
  const keyVersion = readDer(readOnlyDer(key, derTag.sequence), derTag.integer)
  const scalar = readDer(keyVersion.rest, derTag.octetString)
  const octets = encodeDer(derTag.octetString, scalar.value)
  // The second part of the algorithm is the curve.
  const curveName = readOnlyDer(algorithm, derTag.sequence).subarray(9)
  const contents = [octets, encodeDer(0xa0, curveName), scalar.rest]
  const named = encodeDer(derTag.sequence, encodeDerUnsigned(keyVersion.value), ...contents)
  const wrapped = encodeDer(derTag.octetString, named)
  const renewed = encodeDer(derTag.sequence, encodeDerUnsigned(version.value), algorithm, wrapped)
  for (const secret of [octets, named, wrapped, pkcs8]) secret.fill(0)
  return renewed
}

/** PrivateKeyInfo (RFC 5208) of ECPrivateKey (RFC 5915). */
function encodePrivateKey(scalar: Buffer, point: Buffer, { algorithm }: EcCurve): Buffer {
  const bitString = encodeDer(derTag.bitString, Buffer.of(0), point)
  const version = encodeDerUnsigned(Buffer.of(1))
  const octets = encodeDer(derTag.octetString, scalar)
  const inner = encodeDer(derTag.sequence, version, octets, encodeDer(0xa1, bitString))
  const wrapped = encodeDer(derTag.octetString, inner)
  const pkcs8 = encodeDer(derTag.sequence, encodeDerUnsigned(Buffer.of(0)), algorithm, wrapped)
  for (const secret of [octets, inner, wrapped]) secret.fill(0)
  return pkcs8
}
