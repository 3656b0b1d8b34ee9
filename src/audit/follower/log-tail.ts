import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { SealedChain } from '../chain/block-line.ts'
import { findBlock } from '../chain/block-search.ts'
import { listLogNames } from '../log/log-names.ts'
import type { LogPosition } from '../log/log-position.ts'
import type { WrittenBatch } from '../log/written-batch.ts'

const chunkSizeBytes = 1024 * 1024
const lineEnd = 0x0a

/** A place in the files of one log. */
export type FilePlace = Pick<LogPosition, 'file' | 'offset'>

/** The log, and the chain from which on it is followed. */
export interface TailStart {
  readonly directory: string
  readonly stream: string
  readonly sealed: SealedChain
  /** The last file in which the first block that is not sealed may be; the last of the log if absent. */
  readonly lastFile?: string
}

/**
 * The bytes of a log from the first block that is not sealed, in order and without gaps. Writes may be handed over; the tail
 * reads from the files what it did not get.
 */
export class LogTail {
  readonly #start: TailStart
  readonly #consume: (batch: WrittenBatch) => void
  #at: FilePlace | undefined

  constructor(start: TailStart, consume: (batch: WrittenBatch) => void) {
    this.#start = start
    this.#consume = consume
  }

  /** Consumes a write, and first all that is before it. Ignores one that was already read from the files. */
  async add(batch: WrittenBatch): Promise<void> {
    await this.catchUp(batch)
    const { file, offset } = this.#at ?? batch
    if (batch.file !== file || batch.offset !== offset) return
    this.#consume(batch)
    this.#at = { file, offset: offset + batch.bytes.length }
  }

  /** Consumes all up to a place, which must be the end of a line that is written. */
  async catchUp(to: FilePlace): Promise<void> {
    this.#at ??= await this.#findStart(to)
    while (isBefore(this.#at, to)) {
      const isLast: boolean = this.#at.file === to.file
      this.#at = await this.#readFile(this.#at, isLast ? to.offset : Number.POSITIVE_INFINITY)
      if (!isLast) this.#at = { file: await this.#fileAfter(this.#at.file, to.file), offset: 0 }
    }
  }

  async #findStart(to: FilePlace): Promise<FilePlace> {
    const { directory, stream, sealed, lastFile } = this.#start
    const limits = { sizeMaxBytes: Number.POSITIVE_INFINITY, ...(lastFile === undefined ? {} : { lastFile }) }
    const isNext = (line: { readonly stream: string; readonly block: number }) =>
      line.stream === stream && line.block === sealed.sealed + 1
    return (await findBlock(directory, isNext, limits)) ?? to
  }

  async #readFile({ file, offset }: FilePlace, end: number): Promise<FilePlace> {
    const handle = await open(join(this.#start.directory, file), 'r')
    let at = offset
    try {
      for (let sizeBytes = chunkSizeBytes; at < end; ) {
        const bytes = await readLines(handle, at, Math.min(sizeBytes, end - at))
        if (bytes === undefined) break
        // A line may be longer than a chunk.
        if (bytes.length === 0) sizeBytes *= 2
        else this.#consume({ file, offset: at, bytes })
        at += bytes.length
      }
    } finally {
      await handle.close()
    }
    return { file, offset: at }
  }

  async #fileAfter(file: string, last: string): Promise<string> {
    const names = await listLogNames(this.#start.directory)
    return names.find(name => name > file) ?? last
  }
}

const isBefore = (a: FilePlace, b: FilePlace) => (a.file === b.file ? a.offset < b.offset : a.file < b.file)

/** The whole lines of a part of a file; undefined where the file has no further line end. */
async function readLines(handle: FileHandle, at: number, sizeBytes: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes)
  const { bytesRead } = await handle.read(bytes, 0, sizeBytes, at)
  const whole = bytes.subarray(0, bytesRead).lastIndexOf(lineEnd) + 1
  return whole === 0 && bytesRead < sizeBytes ? undefined : bytes.subarray(0, whole)
}
