import { randomSecret } from '../../std/index.ts'
import { bytesOfNumber } from '../encoding/numbers.ts'
import { type Layout, limbBits } from './modular-code.ts'
import type { WasmModule } from './wasm-module.ts'

/** Where a number is in the memory. */
export type Address = number

type Operation = (out: Address, left: Address, right: Address) => void

/** A memory of numbers. */
export interface Numbers {
  readonly layout: Layout
  /** Takes room for so many numbers that stay. */
  allocate(numbers: number): Address
  /** Writes a number that is not secret. */
  write(address: Address, number: bigint): void
  /** Reads a number that is not secret. */
  read(address: Address): bigint
  /** Writes a number in big-endian bytes. */
  writeBytes(address: Address, bytes: Uint8Array): void
}

/**
 * Arithmetic modulo a prime. In memory a number a is aR, where R is 2 to the power of the bits of all limbs: the product of two
 * is then (aR)(bR)/R (Montgomery 1985).
 */
export class Modulus {
  /** The numbers that an object allocates. */
  static readonly constants = 4
  readonly value: bigint
  readonly multiply: Operation
  readonly add: Operation
  readonly subtract: Operation
  readonly zero: Address
  readonly one: Address
  /** A factor of R² makes aR of a, and one of R³ makes R/a of 1/(aR). */
  readonly #r2: Address
  readonly #r3: Address
  readonly #numbers: Numbers
  readonly #bytes: Buffer
  readonly #scratch: readonly [Address, Address]

  /** The functions are those of `modularFunctions` with the suffix. */
  constructor(
    value: bigint,
    numbers: Numbers,
    functions: WasmModule['functions'],
    suffix: string,
    scratch: readonly [Address, Address],
  ) {
    this.value = value
    this.multiply = functions[`multiply${suffix}`] as Operation
    this.add = functions[`add${suffix}`] as Operation
    this.subtract = functions[`subtract${suffix}`] as Operation
    this.#numbers = numbers
    this.#bytes = bytesOfNumber(value, Math.ceil(value.toString(2).length / 8))
    this.#scratch = scratch
    const r = 1n << BigInt(numbers.layout.limbs * limbBits)
    const constant = (number: bigint) => {
      const address = numbers.allocate(1)
      numbers.write(address, number % value)
      return address
    }
    this.zero = constant(0n)
    this.one = constant(r)
    this.#r2 = constant(r ** 2n)
    this.#r3 = constant(r ** 3n)
  }

  /** Writes a number that is not secret. */
  write(address: Address, number: bigint): void {
    this.#numbers.write(address, number)
    this.multiply(address, address, this.#r2)
  }

  /** Writes a number in big-endian bytes, which is below the modulus. */
  writeBytes(address: Address, bytes: Uint8Array): void {
    this.#numbers.writeBytes(address, bytes)
    this.multiply(address, address, this.#r2)
  }

  /** Reads a number that is not secret. */
  read(address: Address): bigint {
    const [number] = this.#scratch
    this.#numbers.write(number, 1n)
    this.multiply(number, address, number)
    return this.#numbers.read(number)
  }

  /** Big-endian bytes of a random number below the modulus. The caller wipes them. */
  random(): Buffer {
    const [highest = 0] = this.#bytes
    for (;;) {
      const bytes = randomSecret(this.#bytes.length)
      bytes[0] = (bytes[0] ?? 0) & (2 ** (32 - Math.clz32(highest)) - 1)
      if (isBelow(bytes, this.#bytes)) return bytes
    }
  }

  /**
   * Writes the inverse of a number. Returns false for 0, which has none. JavaScript inverts the number's product with a random one,
   * which says nothing about the number, so that the time says nothing about it either.
   */
  invert(out: Address, number: Address): boolean {
    const numbers = this.#numbers
    const [blind, blinded] = this.#scratch
    const random = this.random()
    numbers.writeBytes(blind, random)
    random.fill(0)
    this.multiply(blinded, number, blind)
    const inverse = invert(numbers.read(blinded), this.value)
    if (inverse === undefined) return false
    numbers.write(blinded, inverse)
    this.multiply(blinded, blinded, this.#r3)
    this.multiply(out, blinded, blind)
    return true
  }
}

/** Compares numbers of one size, in a time that does not depend on them. */
function isBelow(left: Uint8Array, right: Uint8Array): boolean {
  let borrow = 0
  for (let i = left.length - 1; i >= 0; i--) borrow = (((left[i] ?? 0) - (right[i] ?? 0) - borrow) >> 8) & 1
  return borrow === 1
}

/** The inverse modulo a prime (Euclid's extended algorithm); undefined for 0. */
function invert(number: bigint, modulus: bigint): bigint | undefined {
  if (number === 0n) return undefined
  let [a, b, x, y] = [number, modulus, 1n, 0n]
  while (a !== 1n) {
    const quotient = b / a
    const [restA, restX] = [b - quotient * a, y - quotient * x]
    ;[b, a, y, x] = [a, restA, x, restX]
  }
  return x < 0n ? x + modulus : x
}
