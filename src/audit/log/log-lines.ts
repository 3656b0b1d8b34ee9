import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../../std/index.ts'

const lineEnd = 0x0a
const chunkSizeBytes = 1024 * 1024
const lineSizeBytes = 4096
const edgeSizeBytes = 1024

/** A file of the durable log, open for reading. */
export class LogLines {
  readonly #descriptor: number
  #chunk: Buffer | undefined

  private constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Opens a file of the log. Throws the system's error. */
  static open(directory: string, name: string): LogLines {
    return new LogLines(openSync(join(directory, name), 'r'))
  }

  get sizeBytes(): number {
    return fstatSync(this.#descriptor).size
  }

  /**
   * Reads the first lines of a range; nothing if the range has no whole line. The next call overwrites the bytes. The first
   * call decides how many are read at a time, unless a line is longer.
   */
  readChunk(from: number, to: number, sizeBytes: number = chunkSizeBytes): Buffer {
    for (;;) {
      this.#chunk ??= Buffer.allocUnsafeSlow(sizeBytes)
      const size = this.#chunk.length
      const length = Math.max(0, Math.min(size, to - from))
      const bytes = this.#chunk.subarray(0, readSync(this.#descriptor, this.#chunk, 0, length, from))
      const whole = bytes.lastIndexOf(lineEnd) + 1
      if (whole > 0 || bytes.length < size) return bytes.subarray(0, whole)
      this.#chunk = Buffer.allocUnsafeSlow(4 * size)
    }
  }

  /** Reads the line at an offset; undefined if there is no whole line. */
  readLine(offset: number): string | undefined {
    for (let size = lineSizeBytes; ; size *= 4) {
      const bytes = this.#read(offset, size)
      const end = bytes.indexOf(lineEnd)
      if (end >= 0) return bytes.toString('utf8', 0, end)
      if (bytes.length < size) return undefined
    }
  }

  /** Returns a digest of the first and the last bytes of a range, by which a log differs from a different one. */
  edgesOf(from: number, to: number): string {
    const first = this.#read(from, Math.min(edgeSizeBytes, to - from))
    const last = this.#read(Math.max(from, to - edgeSizeBytes), Math.min(edgeSizeBytes, to - from))
    return sha256Hex(Buffer.concat([first, last]))
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, length))
    return bytes.subarray(0, readSync(this.#descriptor, bytes, 0, bytes.length, offset))
  }
}
