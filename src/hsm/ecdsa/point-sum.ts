import type { CurveMachine } from './curve-machine.ts'
import type { Address } from './modulus.ts'

/** A table of points, each x ‖ y: the odd multiples 1, 3, … 2^bits − 1 of one point. */
export interface OddMultiples {
  readonly address: Address
  readonly bits: number
}

/**
 * A sum of points, in Jacobian coordinates. There is no formula for a sum of equal points or of opposites: both make z 0, and it
 * stays 0 from then on.
 */
export class PointSum {
  /** The most working numbers that this class uses. */
  static readonly workingNumbers = 14
  readonly x: Address
  readonly y: Address
  readonly z: Address
  readonly #machine: CurveMachine
  /** Whether the curve's a is −3; else it is 0. */
  readonly #aIsMinus3: boolean
  /** The point to be added: x, y, −y. */
  readonly #pointX: Address
  readonly #pointY: Address
  readonly #negated: Address
  /** The numbers between the steps of a formula. */
  readonly #scratch: readonly Address[]

  constructor(machine: CurveMachine, aIsMinus3: boolean) {
    this.#machine = machine
    this.#aIsMinus3 = aIsMinus3
    const working = (index: number) => machine.working(index)
    this.x = working(0)
    this.y = working(1)
    this.z = working(2)
    this.#pointX = working(3)
    this.#pointY = working(4)
    this.#negated = working(5)
    this.#scratch = Array.from({ length: 8 }, (_, i) => working(6 + i))
  }

  /** Starts with a multiple from a table, as `add` chooses it. */
  start(table: OddMultiples, digit: number): void {
    const { add, zero, one } = this.#machine.field
    this.#pick(table, digit)
    add(this.x, this.#pointX, zero)
    add(this.y, this.#pointY, zero)
    add(this.z, one, zero)
  }

  /**
   * Adds a multiple from a table. Each bit of the digit stands for a power of 2 if it is 1, and for the negative of it if it is 0;
   * the multiple is their sum, which is odd. The time does not depend on the digit. (Cohen, Miyaji, Ono 1998, mixed coordinates.)
   */
  add(table: OddMultiples, digit: number): void {
    this.#pick(table, digit)
    const { multiply, subtract } = this.#machine.field
    const { x, y, z } = this
    const [zz = 0, u = 0, s = 0, h = 0, w = 0, hh = 0, hhh = 0, v = 0] = this.#scratch
    multiply(zz, z, z)
    multiply(u, this.#pointX, zz)
    multiply(s, zz, z)
    multiply(s, s, this.#pointY)
    subtract(h, u, x)
    subtract(w, s, y)
    multiply(hh, h, h)
    multiply(hhh, hh, h)
    multiply(v, hh, x)
    multiply(x, w, w)
    subtract(x, x, hhh)
    subtract(x, x, v)
    subtract(x, x, v)
    multiply(s, y, hhh)
    subtract(v, v, x)
    multiply(y, w, v)
    subtract(y, y, s)
    multiply(z, z, h)
  }

  /** Doubles the sum. */
  double(): void {
    const { multiply, add, subtract } = this.#machine.field
    const { x, y, z } = this
    const [yy = 0, s = 0, m = 0, t = 0, eightYyyy = 0] = this.#scratch
    this.#slope(m, t)
    multiply(z, y, z)
    add(z, z, z)
    multiply(yy, y, y)
    add(yy, yy, yy)
    multiply(s, x, yy)
    add(s, s, s)
    multiply(eightYyyy, yy, yy)
    add(eightYyyy, eightYyyy, eightYyyy)
    multiply(x, m, m)
    subtract(x, x, s)
    subtract(x, x, s)
    subtract(s, s, x)
    multiply(y, m, s)
    subtract(y, y, eightYyyy)
  }

  /** 3x² + az⁴. */
  #slope(m: Address, t: Address): void {
    const { multiply, add, subtract } = this.#machine.field
    const { x, z } = this
    if (this.#aIsMinus3) {
      multiply(t, z, z)
      add(m, x, t)
      subtract(t, x, t)
      multiply(t, m, t)
    } else multiply(t, x, x)
    add(m, t, t)
    add(m, m, t)
  }

  #pick({ address, bits }: OddMultiples, digit: number): void {
    const { field, pickPoint, pickNumber } = this.#machine
    const entries = 2 ** (bits - 1)
    const isNegative = 1 - (digit >> (bits - 1))
    pickPoint(this.#pointX, address, (digit ^ -isNegative) & (entries - 1), entries)
    field.subtract(this.#negated, field.zero, this.#pointY)
    pickNumber(this.#pointY, this.#pointY, isNegative, 2)
  }
}
