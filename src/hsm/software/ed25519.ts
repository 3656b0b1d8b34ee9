import { createHash, type KeyObject } from 'node:crypto'
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js'
import { exportRaw } from '../encoding/raw-key.ts'

/**
 * The part of Ed25519 (RFC 8032, 5.1) that Node does not do: signatures of Ed25519ph, and one rule of verification for both
 * algorithms. Libraries disagree about signatures that no honest signer makes (Chalkias et al., "Taming the many EdDSAs",
 * table 5), and so do releases of Node.
 */

const { Point } = ed25519
const { Fn } = Point
const halfSizeBytes = 32

/** dom2(1, "") (RFC 8032, 2): Ed25519ph without a context. */
const phDomain = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.of(1, 0)])
const noDomain = Buffer.alloc(0)

/** Signs with Ed25519ph and no context (RFC 8032, 5.1.6). */
export function signEd25519ph(privateKey: KeyObject, message: Uint8Array): Uint8Array {
  const seed = exportRaw(privateKey, 'raw-private')
  const signature = ed25519ph.sign(message, seed)
  seed.fill(0)
  return signature
}

/** Verifies a signature of Ed25519 (RFC 8032, 5.1.7). */
export function verifyEd25519(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verifies(publicKey, noDomain, message, signature)
}

/** Verifies a signature of Ed25519ph with no context (RFC 8032, 5.1.7). */
export function verifyEd25519ph(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verifies(publicKey, phDomain, createHash('sha512').update(message).digest(), signature)
}

/**
 * The rule of AWS-LC (`ed25519_verify_internal`): S is below the order L, and [S]B − [k]A in its one encoding has the bytes of R.
 * R itself is never decoded. It may be the identity (FIPS 186-5, 7.7), and has no other encoding and no part of small order.
 * A is decoded strictly (RFC 8032, 5.1.3; `edwards25519_decode` of AWS-LC). AWS-LC takes an A of small order, but keys of this
 * server never have one: they are multiples of B.
 */
function verifies(
  publicKey: KeyObject,
  domain: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 2 * halfSizeBytes) return false
  const r = signature.subarray(0, halfSizeBytes)
  const s = numberOf(signature.subarray(halfSizeBytes))
  if (s >= Fn.ORDER) return false
  const encodedA = exportRaw(publicKey, 'raw-public')
  const a = decodePoint(encodedA)
  if (a === undefined) return false
  const hash = createHash('sha512').update(domain).update(r).update(encodedA).update(message)
  const k = Fn.create(numberOf(hash.digest()))
  // All of this is public, so the time may depend on it.
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k))
  return Buffer.from(expected.toBytes()).equals(r)
}

function decodePoint(encoded: Uint8Array) {
  try {
    return Point.fromBytes(encoded, false)
  } catch {
    return undefined
  }
}

/** Reads a number in little-endian bytes. */
const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
