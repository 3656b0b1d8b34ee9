import { AttestationProblem } from './attestation-problem.ts'

// The largest known document has about a hundred items. Nesting costs at least one item a level, so this also
// limits the recursion: 256 KiB of array heads would otherwise overflow the stack.
const itemsMax = 512

/** Text has to be UTF-8 (RFC 8949, 3.1), and a byte order mark is a character of it. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The major types (RFC 8949, 3.1). */
const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const

/** The additional information of an indefinite length, and of the break (3.2.1). */
const indefinite = 31
const breakByte = 0xff

/**
 * Decodes exactly one CBOR item (RFC 8949): maps as Map, byte strings as Uint8Array. Refused are, also in places that nobody
 * reads, encodings that are not well-formed or not valid (1.2: text that is not UTF-8, and maps with a repeated key), encodings
 * that are not the shortest, tags, floats, simple values other than false, true and null, integers beyond 53 bits, map keys
 * other than integers and strings, and indefinite lengths; but with `indefiniteMaps`, maps may have one. Throws
 * AttestationProblem.
 */
export function decodeCbor(bytes: Uint8Array, { indefiniteMaps = false } = {}): unknown {
  const reader = new CborReader(bytes, indefiniteMaps)
  const item = reader.readItem()
  reader.expectEnd()
  return item
}

/** Reads items one after the other. */
class CborReader {
  readonly #bytes: Buffer
  readonly #indefiniteMaps: boolean
  #at = 0
  #itemsLeft = itemsMax

  constructor(bytes: Uint8Array, indefiniteMaps: boolean) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#indefiniteMaps = indefiniteMaps
  }

  expectEnd(): void {
    if (this.#at < this.#bytes.length) throw problem('bytes behind the item')
  }

  readItem(): unknown {
    if (this.#itemsLeft-- === 0) throw problem(`more than ${itemsMax} items`)
    const first = this.#take(1)[0] ?? 0
    const info = first & 0x1f
    switch (first >> 5) {
      case major.unsigned:
        return this.#readArgument(info)
      case major.negative:
        return -1 - this.#readArgument(info)
      case major.bytes:
        return Uint8Array.from(this.#take(this.#readArgument(info)))
      case major.text:
        return decodeText(this.#take(this.#readArgument(info)))
      case major.array:
        return this.#readArray(this.#readArgument(info))
      case major.map:
        return this.#readMap(info)
      case major.tag:
        throw problem('a tag')
      default:
        return readSimple(info)
    }
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw problem('an end that comes too early')
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return taken
  }

  /** The argument of a head (3), which must be in its shortest form (4.2.1). */
  #readArgument(info: number): number {
    if (info < 24) return info
    if (info === indefinite) throw problem('an indefinite length')
    if (info > 27) throw problem('a reserved head')
    const sizeBytes = 2 ** (info - 24)
    const bytes = this.#take(sizeBytes)
    const argument = sizeBytes === 8 ? Number(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, sizeBytes)
    if (!Number.isSafeInteger(argument)) throw problem('a number beyond 53 bits')
    if (argument < (sizeBytes === 1 ? 24 : 2 ** (4 * sizeBytes)))
      throw problem('a head that is not the shortest')
    return argument
  }

  #readArray(length: number): unknown[] {
    const items: unknown[] = []
    for (let count = 0; count < length; count++) items.push(this.readItem())
    return items
  }

  #readMap(info: number): Map<unknown, unknown> {
    const isIndefinite = info === indefinite && this.#indefiniteMaps
    const length = isIndefinite ? Infinity : this.#readArgument(info)
    const map = new Map<unknown, unknown>()
    // Every key has one encoding only. So equal keys have equal bytes (5.6), byte strings too, which Map compares by identity.
    const encodings = new Set<string>()
    for (let count = 0; count < length; count++) {
      if (isIndefinite && this.#bytes[this.#at] === breakByte) {
        this.#at++
        break
      }
      const start = this.#at
      const key = this.readItem()
      if (typeof key !== 'number' && typeof key !== 'string' && !(key instanceof Uint8Array))
        throw problem('a map key that is neither an integer nor a string')
      const encoding = this.#bytes.toString('latin1', start, this.#at)
      if (encodings.has(encoding)) throw problem('a repeated map key')
      encodings.add(encoding)
      map.set(key, this.readItem())
    }
    return map
  }
}

function decodeText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw problem('a text that is not UTF-8')
  }
}

/** Reads what has no argument (3.3). A break belongs to the end of an indefinite item alone, where `#readMap` looks for it. */
function readSimple(info: number): boolean | null {
  if (info === 20 || info === 21) return info === 21
  if (info === 22) return null
  // A JavaScript number does not distinguish 1.0 from the integer that the formats demand.
  if (info >= 25 && info <= 27) throw problem('a float')
  throw problem(info === indefinite ? 'a break in the place of an item' : 'a simple value that is not known')
}

const problem = (what: string) => new AttestationProblem(`CBOR with ${what}`)
