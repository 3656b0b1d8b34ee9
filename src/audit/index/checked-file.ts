import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { parseJson } from '../../std/index.ts'

// A checked file is a body, a CRC-32 of each block of the body, a head in JSON, and a trailer: the number of blocks, the size
// of the head, a CRC-32 of the checksums and the head, and the magic number. Numbers have 32 bits, little endian.

const blockSizeBytes = 4096
const magic = 0x3149574b // KWI1
const trailerSizeBytes = 16

/** An error about a file whose bytes are not those that were written. */
export class Damaged extends Error {}

/** Returns the bytes of a file with this head and this body, in parts. */
export function checkedFileOf(head: object, body: readonly Uint8Array[]): Uint8Array[] {
  const whole = Buffer.concat(body)
  const checksums = Buffer.alloc(4 * Math.ceil(whole.length / blockSizeBytes))
  for (let at = 0, block = 0; at < whole.length; at += blockSizeBytes, block++)
    checksums.writeUInt32LE(crc32(whole.subarray(at, at + blockSizeBytes)), 4 * block)
  const headBytes = Buffer.from(JSON.stringify(head))
  const trailer = Buffer.alloc(trailerSizeBytes)
  trailer.writeUInt32LE(checksums.length / 4, 0)
  trailer.writeUInt32LE(headBytes.length, 4)
  trailer.writeUInt32LE(crc32(headBytes, crc32(checksums)), 8)
  trailer.writeUInt32LE(magic, 12)
  return [whole, checksums, headBytes, trailer]
}

/** A checked file as its ending describes it. */
export interface FileEnding {
  readonly head: unknown
  readonly checksums: Uint32Array
  readonly bodySizeBytes: number
}

/** A file that is read in blocks, each of which is checked before its first use. */
export class CheckedFile {
  readonly #descriptor: number
  readonly #ending: FileEnding
  readonly #blocks = new Map<number, Buffer>()

  private constructor(descriptor: number, ending: FileEnding) {
    this.#descriptor = descriptor
    this.#ending = ending
  }

  /** Opens a file whose ending is known. Throws the system's error. */
  static open(path: string, ending: FileEnding): CheckedFile {
    return new CheckedFile(openSync(path, 'r'), ending)
  }

  /** Reads the ending of a file. Throws Damaged, and the system's error. */
  static readEnding(path: string): FileEnding {
    const descriptor = openSync(path, 'r')
    try {
      return endingOf(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Reads a part of the body. Throws Damaged. */
  read(offset: number, length: number): Buffer {
    const [first, last] = [
      Math.floor(offset / blockSizeBytes),
      Math.floor((offset + length - 1) / blockSizeBytes),
    ]
    const within = offset - first * blockSizeBytes
    if (length === 0) return Buffer.alloc(0)
    if (first === last) return partOf(this.#block(first), within, length)
    return partOf(this.#readBlocks(first, last), within, length)
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #block(block: number): Buffer {
    const known = this.#blocks.get(block)
    if (known !== undefined) return known
    const bytes = this.#readBlocks(block, block)
    this.#blocks.set(block, bytes)
    return bytes
  }

  #readBlocks(first: number, last: number): Buffer {
    const { checksums, bodySizeBytes } = this.#ending
    const start = first * blockSizeBytes
    const end = Math.min((last + 1) * blockSizeBytes, bodySizeBytes)
    if (end <= start) throw new Damaged('it ends too early')
    const bytes = readExactly(this.#descriptor, start, end - start)
    for (let block = first; block <= last; block++) {
      const at = (block - first) * blockSizeBytes
      if (checksums[block] !== crc32(bytes.subarray(at, at + blockSizeBytes)))
        throw new Damaged(`block ${block} has a wrong checksum`)
    }
    return bytes
  }
}

function endingOf(descriptor: number): FileEnding {
  const { size } = fstatSync(descriptor)
  const trailer = readExactly(descriptor, Math.max(0, size - trailerSizeBytes), trailerSizeBytes)
  const [blocks, headSize] = [trailer.readUInt32LE(0), trailer.readUInt32LE(4)]
  const bodySizeBytes = size - (4 * blocks + headSize + trailerSizeBytes)
  if (trailer.readUInt32LE(12) !== magic || bodySizeBytes < 0) throw new Damaged('it is no file of the index')
  const bytes = readExactly(descriptor, bodySizeBytes, 4 * blocks + headSize)
  if (crc32(bytes) !== trailer.readUInt32LE(8)) throw new Damaged('its head has a wrong checksum')
  if (Math.ceil(bodySizeBytes / blockSizeBytes) !== blocks) throw new Damaged('it has a wrong size')
  const checksums = Uint32Array.from({ length: blocks }, (_, block) => bytes.readUInt32LE(4 * block))
  return { head: parseJson(bytes.toString('utf8', 4 * blocks)), checksums, bodySizeBytes }
}

function readExactly(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  if (readSync(descriptor, bytes, 0, length, offset) !== length) throw new Damaged('it is too short')
  return bytes
}

function partOf(bytes: Buffer, start: number, length: number): Buffer {
  if (start + length > bytes.length) throw new Damaged('it ends too early')
  return bytes.subarray(start, start + length)
}
