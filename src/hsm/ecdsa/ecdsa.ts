import type { ECDSA, WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js'
import { bytesOfNumber, numberOfBytes } from '../encoding/numbers.ts'
import type { SignatureNumbers } from '../encoding/signature.ts'
import { bitsOf, CurveMachine } from './curve-machine.ts'
import { oddMultiples, writePoints } from './curve-tables.ts'
import type { Address } from './modulus.ts'
import { PointSum } from './point-sum.ts'

/** Bits of a digit that multiplies the base point, or a public key. The base point has a table for each of its digits. */
const baseBits = 6
const keyBits = 4

/**
 * ECDSA (FIPS 186-5, 6.4) on one curve. Private keys and nonces are only in the memory of the machine, which is wiped after each
 * signature, and neither the time nor the addresses in use depend on them.
 */
export class Ecdsa {
  readonly #curve: ECDSA
  readonly #machine: CurveMachine
  readonly #sum: PointSum
  readonly #baseWindows: number
  readonly #baseTable: Address
  readonly #keyTable: Address
  /** 2^bits − 1 for the bits of all the base point's digits. */
  readonly #allBits: Address

  constructor(curve: ECDSA) {
    const { Fp, Fn, BASE, CURVE } = curve.Point
    this.#curve = curve
    this.#baseWindows = Math.ceil(Fn.BITS / baseBits)
    const base = oddMultiples(BASE, baseBits, this.#baseWindows)
    const keySize = 2 ** keyBits
    this.#machine = new CurveMachine(Fp.ORDER, Fn.ORDER, 2 * base.length + keySize + 1)
    this.#sum = new PointSum(this.#machine, CURVE().a !== 0n)
    this.#baseTable = this.#machine.allocate(2 * base.length)
    writePoints(this.#machine, this.#baseTable, curve.Point, base)
    this.#keyTable = this.#machine.allocate(keySize)
    this.#allBits = this.#machine.allocate(1)
    this.#machine.order.write(this.#allBits, allBits(this.#baseWindows * baseBits) % Fn.ORDER)
  }

  /** Signs a digest. The nonce is random. */
  sign(scalar: Uint8Array, digest: Uint8Array): SignatureNumbers {
    try {
      for (;;) {
        const signature = this.#trySigning(scalar, digest)
        if (signature !== undefined) return signature
      }
    } finally {
      this.#machine.wipe()
    }
  }

  /** s = (e + rd) / k. Undefined if r or s is 0, or if the nonce is one of the few that do not work. */
  #trySigning(scalar: Uint8Array, digest: Uint8Array): SignatureNumbers | undefined {
    const { order } = this.#machine
    const working = (index: number) => this.#machine.working(PointSum.workingNumbers + index)
    const [k, d, s, number] = [working(0), working(1), working(2), working(3)]
    const r = this.#multiplyByNonce(k)
    if (r === undefined || r === 0n || !order.invert(k, k)) return undefined
    order.writeBytes(d, scalar)
    order.write(number, r)
    order.multiply(s, d, number)
    order.write(number, this.#numberOf(digest))
    order.add(s, s, number)
    order.multiply(s, s, k)
    const sNumber = order.read(s)
    return sNumber === 0n ? undefined : [r, sNumber]
  }

  /**
   * Writes a random nonce k, and returns x of the base point times k, modulo the order. The digits are those of random bits, so k is
   * 2 · bits − (all bits set). No partial sum is ± the point that is added, because it is below the power of 2 of the point's
   * window in absolute value, and the point is not. Only the last point can meet the sum modulo the order, once in 2^240.
   */
  #multiplyByNonce(k: Address): bigint | undefined {
    const { order, field } = this.#machine
    const bits = order.random()
    this.#addBase(bits, true)
    order.writeBytes(k, bits)
    bits.fill(0)
    order.add(k, k, k)
    order.subtract(k, k, this.#allBits)
    const { x, y, z } = this.#sum
    if (!field.invert(y, z)) return undefined
    field.multiply(y, y, y)
    field.multiply(x, x, y)
    return field.read(x) % order.value
  }

  #addBase(bits: Uint8Array, isFirst: boolean): void {
    const windowSizeBytes = 2 ** baseBits * this.#machine.layout.sizeBytes
    for (let window = 0; window < this.#baseWindows; window++) {
      const table = { address: this.#baseTable + window * windowSizeBytes, bits: baseBits }
      const digit = bitsOf(bits, window * baseBits, baseBits)
      if (isFirst && window === 0) this.#sum.start(table, digit)
      else this.#sum.add(table, digit)
    }
  }

  /** Whether a signature is that of the digest. */
  verify(publicPoint: Uint8Array, digest: Uint8Array, [r, s]: SignatureNumbers): boolean {
    const { Point } = this.#curve
    const { Fn } = Point
    if (r === 0n || r >= Fn.ORDER || s === 0n || s >= Fn.ORDER) return false
    const key = Point.fromBytes(publicPoint)
    const inverse = Fn.inv(s)
    const [ofBase, ofKey] = [Fn.mul(this.#numberOf(digest), inverse), Fn.mul(r, inverse)]
    const [x, zz] = this.#multiplyBoth(ofBase, key, ofKey)
    // Points met that have no formula here, or the sum is the point at infinity.
    if (zz === 0n) {
      const sum = Point.BASE.mulAddUnsafe(ofBase, key, ofKey)
      return !sum.is0() && Fn.create(sum.x) === r
    }
    const { ORDER } = Point.Fp
    // x is below the field's order, and r is x modulo the curve's.
    return [r, r + Fn.ORDER].some(number => number < ORDER && (number * zz - x) % ORDER === 0n)
  }

  /** Adds multiples of the base point and of a public key. Returns x and z² of the sum. */
  #multiplyBoth(ofBase: bigint, key: WeierstrassPoint<bigint>, ofKey: bigint): readonly [bigint, bigint] {
    const machine = this.#machine
    const windows = Math.ceil(this.#curve.Point.Fn.BITS / keyBits)
    writePoints(machine, this.#keyTable, this.#curve.Point, oddMultiples(key, keyBits, 1))
    const table = { address: this.#keyTable, bits: keyBits }
    const bits = this.#bitsFor(ofKey, windows * keyBits)
    for (let window = windows - 1; window >= 0; window--) {
      const digit = bitsOf(bits, window * keyBits, keyBits)
      if (window === windows - 1) this.#sum.start(table, digit)
      else {
        for (let i = 0; i < keyBits; i++) this.#sum.double()
        this.#sum.add(table, digit)
      }
    }
    this.#addBase(this.#bitsFor(ofBase, this.#baseWindows * baseBits), false)
    const { x, z } = this.#sum
    const [xNumber, zNumber] = [machine.field.read(x), machine.field.read(z)]
    return [xNumber, zNumber * zNumber]
  }

  /** The bits of the digits that stand for a public multiplier. */
  #bitsFor(multiplier: bigint, bits: number): Buffer {
    const { Fn } = this.#curve.Point
    const twice = Fn.create(multiplier + allBits(bits))
    return bytesOfNumber((twice % 2n === 0n ? twice : twice + Fn.ORDER) / 2n, Fn.BYTES)
  }

  /** The leftmost bits of a digest, as many as the order has. */
  #numberOf(digest: Uint8Array): bigint {
    const { Fn } = this.#curve.Point
    return Fn.create(numberOfBytes(digest) >> BigInt(Math.max(0, 8 * digest.length - Fn.BITS)))
  }
}

const allBits = (bits: number) => (1n << BigInt(bits)) - 1n
