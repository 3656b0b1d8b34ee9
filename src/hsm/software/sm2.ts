import { createHash, type KeyObject } from 'node:crypto'
import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js'
import {
  DerProblem,
  der,
  derTag,
  equalConstantTime,
  randomBytes,
  readDer,
  readDerUnsigned,
  readOnlyDer,
} from '../../std/index.ts'
import { bytesOfNumber, numberOfBytes as numberOf } from '../encoding/numbers.ts'
import { encodeSignature, readSignature } from '../encoding/signature.ts'
import { ecCurves, pointOf, scalarOf } from './ec-curves.ts'
import { sm2SizeBytes as sizeBytes, sm2Curve } from './sm2-identity.ts'

/**
 * The work with SM2 keys that OpenSSL under Node does not do: signatures of a given digest (GB/T 32918.2), encryption
 * (GB/T 32918.4) and key agreement.
 */

const Point = weierstrass(sm2Curve)
const { Fn } = Point
const hashSizeBytes = 32

const bytesOf = (number: bigint) => bytesOfNumber(number, sizeBytes)
const publicPointOf = (key: KeyObject) => Point.fromBytes(pointOf(key, ecCurves.SM2))

function privateNumberOf(key: KeyObject): bigint {
  const scalar = scalarOf(key, ecCurves.SM2)
  const number = numberOf(scalar)
  scalar.fill(0)
  return number
}

/** A random number from 1 to n − 1. */
function randomScalar(): bigint {
  for (;;) {
    const bytes = randomBytes(sizeBytes)
    const number = numberOf(bytes)
    bytes.fill(0)
    if (number > 0n && number < Fn.ORDER) return number
  }
}

/** Signs a digest e, as DER SEQUENCE { r, s } (GB/T 32918.2, 6.1). */
export function signSm2Digest(privateKey: KeyObject, digest: Uint8Array): Buffer {
  const d = privateNumberOf(privateKey)
  const e = numberOf(digest)
  for (;;) {
    const k = randomScalar()
    const r = Fn.create(e + Point.BASE.multiply(k).x)
    if (r === 0n || r + k === Fn.ORDER) continue
    const s = Fn.mul(Fn.inv(Fn.add(1n, d)), Fn.sub(k, Fn.mul(r, d)))
    if (s === 0n) continue
    return encodeSignature([r, s], sizeBytes)
  }
}

/** Verifies a signature of a digest (GB/T 32918.2, 7.1). */
export function verifySm2Digest(publicKey: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const numbers = readSignature(signature)
  if (numbers === undefined) return false
  const [r, s] = numbers
  if (r === 0n || r >= Fn.ORDER || s === 0n || s >= Fn.ORDER) return false
  const t = Fn.add(r, s)
  if (t === 0n) return false
  const sum = Point.BASE.mulAddUnsafe(s, publicPointOf(publicKey), t)
  return !sum.is0() && Fn.create(numberOf(digest) + sum.x) === r
}

/**
 * Encrypts to SEQUENCE { x, y, C3, C2 } (GM/T 0009, 7.2): the point C1, the hash C3 and the ciphertext C2 (GB/T 32918.4, 6.1).
 * Throws Error for an empty plaintext: its mask is all zeros, and the standard demands a new one without end.
 */
export function encryptSm2(publicKey: KeyObject, plaintext: Uint8Array): Buffer {
  if (plaintext.length === 0) throw new Error('nothing to encrypt')
  const recipient = publicPointOf(publicKey)
  for (;;) {
    const k = randomScalar()
    const c1 = Point.BASE.multiply(k)
    const shared = coordinatesOf(recipient.multiply(k))
    const mask = deriveMask(shared, plaintext.length)
    if (mask.every(byte => byte === 0)) continue
    const hash = hashBetween(shared, plaintext)
    shared.fill(0)
    xorInto(mask, plaintext)
    return der.sequence(
      der.unsigned(bytesOf(c1.x)),
      der.unsigned(bytesOf(c1.y)),
      der.octets(hash),
      der.octets(mask),
    )
  }
}

/** Decrypts (GB/T 32918.4, 7.1). Undefined for every ciphertext that does not decrypt, whatever the reason. */
export function decryptSm2(privateKey: KeyObject, ciphertext: Uint8Array): Buffer | undefined {
  const parts = ifDer(() => readCiphertext(ciphertext))
  if (parts === undefined) return undefined
  const c1 = findPoint(parts.x, parts.y)
  if (c1 === undefined) return undefined
  const shared = coordinatesOf(c1.multiply(privateNumberOf(privateKey)))
  const mask = deriveMask(shared, parts.masked.length)
  xorInto(mask, parts.masked)
  const isWhole = equalConstantTime(hashBetween(shared, mask), parts.hash)
  shared.fill(0)
  if (isWhole) return mask
  mask.fill(0)
  return undefined
}

interface Sm2Ciphertext {
  readonly x: Buffer
  readonly y: Buffer
  readonly hash: Buffer
  readonly masked: Buffer
}

function readCiphertext(ciphertext: Uint8Array): Sm2Ciphertext {
  const x = readDerUnsigned(readOnlyDer(ciphertext, derTag.sequence))
  const y = readDerUnsigned(x.rest)
  const hash = readDer(y.rest, derTag.octetString)
  const masked = readOnlyDer(hash.rest, derTag.octetString)
  if (hash.value.length !== hashSizeBytes || masked.length === 0)
    throw new DerProblem('a part of a different size')
  return { x: x.value, y: y.value, hash: hash.value, masked }
}

function ifDer<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DerProblem) return undefined
    throw error
  }
}

/** The point of these coordinates, or undefined if the curve has none. */
function findPoint(x: Buffer, y: Buffer): WeierstrassPoint<bigint> | undefined {
  try {
    const point = Point.fromAffine({ x: numberOf(x), y: numberOf(y) })
    point.assertValidity()
    return point
  } catch {
    return undefined
  }
}

/** x ‖ y. */
function coordinatesOf(point: WeierstrassPoint<bigint>): Buffer {
  return Buffer.concat([bytesOf(point.x), bytesOf(point.y)])
}

/** The key derivation function (GB/T 32918.4, 5.4.3). */
function deriveMask(shared: Buffer, length: number): Buffer {
  const mask = Buffer.allocUnsafeSlow(length)
  const counter = Buffer.alloc(4)
  for (let start = 0; start < length; start += hashSizeBytes) {
    counter.writeUInt32BE(start / hashSizeBytes + 1)
    const block = createHash('sm3').update(shared).update(counter).digest()
    block.copy(mask, start)
    block.fill(0)
  }
  return mask
}

/** C3: the hash of the plaintext between the coordinates. */
function hashBetween(shared: Buffer, plaintext: Uint8Array): Buffer {
  const hash = createHash('sm3').update(shared.subarray(0, sizeBytes))
  return hash.update(plaintext).update(shared.subarray(sizeBytes)).digest()
}

function xorInto(bytes: Buffer, other: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (other[i] ?? 0)
}

/** The x-coordinate of the private key times the point, 04 ‖ x ‖ y. */
export function sm2SharedSecret(privateKey: KeyObject, point: Uint8Array): Buffer {
  return bytesOf(Point.fromBytes(point).multiply(privateNumberOf(privateKey)).x)
}
