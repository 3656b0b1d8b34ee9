import { type Layout, layoutFor, limbBits, limbsOf, modularFunctions, pick } from './modular-code.ts'
import { type Address, Modulus, type Numbers } from './modulus.ts'
import { instantiate } from './wasm-module.ts'

type Pick = (out: Address, table: Address, index: number, entries: number) => void

/** So many numbers at the start of the memory are for work. `wipe` wipes them. */
const workingNumbers = 24

/**
 * A memory of large numbers, with arithmetic in the field of a curve and modulo its order. The memory can be wiped, and neither
 * the time nor the addresses in use depend on the numbers.
 */
export class CurveMachine implements Numbers {
  readonly layout: Layout
  readonly field: Modulus
  readonly order: Modulus
  /** Copies a point, x ‖ y, out of a table. All entries are read, so that nobody sees which one it is. */
  readonly pickPoint: Pick
  /** Copies a number as `pickPoint` copies a point. */
  readonly pickNumber: Pick
  readonly #limbs: Uint32Array
  #used: number

  /** The memory has room for so many numbers to `allocate`. Both moduli have the same number of bits. */
  constructor(field: bigint, order: bigint, moreNumbers: number) {
    this.layout = layoutFor(order.toString(2).length)
    const { sizeBytes } = this.layout
    const numbers = workingNumbers + 2 * Modulus.constants + moreNumbers
    const { functions, memory } = instantiate(
      [
        ...modularFunctions('Field', field, this.layout),
        ...modularFunctions('Order', order, this.layout),
        pick('pickPoint', 2 * sizeBytes),
        pick('pickNumber', sizeBytes),
      ],
      numbers * sizeBytes,
    )
    this.#limbs = new Uint32Array(memory)
    this.#used = workingNumbers * sizeBytes
    this.pickPoint = functions['pickPoint'] as Pick
    this.pickNumber = functions['pickNumber'] as Pick
    const scratch = [this.working(workingNumbers - 2), this.working(workingNumbers - 1)] as const
    this.field = new Modulus(field, this, functions, 'Field', scratch)
    this.order = new Modulus(order, this, functions, 'Order', scratch)
  }

  /** The address of a working number. The last two are the moduli's own. */
  working(index: number): Address {
    return index * this.layout.sizeBytes
  }

  /** Takes room for so many numbers that stay. */
  allocate(numbers: number): Address {
    const address = this.#used
    this.#used += numbers * this.layout.sizeBytes
    return address
  }

  write(address: Address, number: bigint): void {
    for (const [i, limb] of limbsOf(number, this.layout).entries())
      this.#limbs[address / 4 + i] = Number(limb)
  }

  read(address: Address): bigint {
    let number = 0n
    for (let i = this.layout.limbs - 1; i >= 0; i--)
      number = (number << BigInt(limbBits)) | BigInt(this.#limbs[address / 4 + i] ?? 0)
    return number
  }

  writeBytes(address: Address, bytes: Uint8Array): void {
    for (let i = 0; i < this.layout.limbs; i++)
      this.#limbs[address / 4 + i] = bitsOf(bytes, i * limbBits, limbBits)
  }

  wipe(): void {
    this.#limbs.fill(0, 0, this.working(workingNumbers) / 4)
  }
}

/** So many bits of a number in big-endian bytes, from the given one up. The bits above the number are 0. */
export function bitsOf(bytes: Uint8Array, from: number, count: number): number {
  let bits = 0
  for (let at = from + count - 1; at >= from; at--)
    bits = (bits << 1) | (((bytes[bytes.length - 1 - (at >> 3)] ?? 0) >> (at & 7)) & 1)
  return bits
}
