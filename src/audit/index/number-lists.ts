/** Lists of ascending numbers, each encoded as the differences of its members (LEB128). */
export interface EncodedLists {
  /** The end of each list in the bytes. */
  readonly ends: Uint32Array
  readonly bytes: Uint8Array
}

/** Encodes lists of ascending numbers. */
export function encodeLists(lists: readonly (readonly number[] | Uint32Array)[]): EncodedLists {
  const ends = new Uint32Array(lists.length)
  const writer = new ByteWriter()
  for (const [index, list] of lists.entries()) {
    let previous = 0
    for (const number of list) {
      writer.add(number - previous)
      previous = number
    }
    ends[index] = writer.length
  }
  return { ends, bytes: writer.bytes() }
}

/** Calls `visit` with each number of an encoded list. */
export function eachNumber(bytes: Uint8Array, visit: (number: number) => void): void {
  let number = 0
  for (let at = 0; at < bytes.length; ) {
    let difference = 0
    for (let scale = 1, byte = 0x80; byte >= 0x80; scale *= 128) {
      byte = bytes[at++] ?? 0
      difference += (byte & 0x7f) * scale
    }
    number += difference
    visit(number)
  }
}

class ByteWriter {
  #bytes = new Uint8Array(65_536)
  length = 0

  add(number: number): void {
    if (this.length + 5 > this.#bytes.length) this.#grow()
    let rest = number
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.length++] = (rest & 0x7f) | 0x80
    this.#bytes[this.length++] = rest
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length)
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
