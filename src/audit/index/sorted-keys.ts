import { Column } from './column.ts'
import type { HashedKey } from './lookup-keys.ts'

// An entry is 8 bytes, little endian: 24 bits of a number, below 40 bits of a key.

const entrySizeBytes = 8
/** The numbers that an entry has room for. */
const numbersMax = 2 ** 24

/** Returns the sorted entries of keys. `numberOf` gives the number of the key at an index; it is the index if absent. */
export function sortKeys(keys: HashedKeys, numberOf = (index: number) => index): Buffer {
  const words = new Uint32Array(2 * keys.length)
  for (let index = 0; index < keys.length; index++) {
    words[2 * index] = keys.low(index) * numbersMax + numberOf(index)
    words[2 * index + 1] = keys.high(index)
  }
  new BigUint64Array(words.buffer).sort()
  return Buffer.from(words.buffer)
}

/** Keys in columns, which cost less memory than objects. */
export class HashedKeys {
  readonly #high = new Column()
  readonly #low = new Column()

  static of(keys: readonly HashedKey[]): HashedKeys {
    const columns = new HashedKeys()
    for (const key of keys) columns.push(key)
    return columns
  }

  get length(): number {
    return this.#high.length
  }

  push({ high, low }: HashedKey): void {
    this.#high.push(high)
    this.#low.push(low)
  }

  high(index: number): number {
    return this.#high.at(index)
  }

  low(index: number): number {
    return this.#low.at(index)
  }
}

/**
 * Returns the numbers of a key in `count` sorted entries. `read` returns bytes of them. Keys are digests, so the value of a
 * key says where it is, give or take some hundred entries.
 */
export function findKey(
  key: HashedKey,
  count: number,
  read: (offset: number, length: number) => Buffer,
): number[] {
  const wanted = key.high * 256 + key.low
  const keyAt = (index: number) => {
    const entry = read(index * entrySizeBytes, entrySizeBytes)
    return entry.readUInt32LE(4) * 256 + entry.readUInt8(3)
  }
  const found: number[] = []
  for (let index = lowerBound(wanted, count, keyAt); index < count && keyAt(index) === wanted; index++)
    found.push(read(index * entrySizeBytes, entrySizeBytes).readUIntLE(0, 3))
  return found
}

/** The first index whose key is not below the wanted one. */
function lowerBound(wanted: number, count: number, keyAt: (index: number) => number): number {
  let [low, high] = [0, count]
  const guess = Math.floor((wanted / 2 ** 40) * count)
  for (let step = 256, index = guess; low < high && index >= low && index < high; step *= 2) {
    if (keyAt(index) < wanted) [low, index] = [index + 1, index + step]
    else [high, index] = [index, index - step]
    // Once a step has gone past the place, halving is faster.
    if (low > 0 && high < count) break
  }
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyAt(middle) < wanted) low = middle + 1
    else high = middle
  }
  return low
}
