import { otherWork } from '../../std/index.ts'
import type { SealedChain } from '../chain/block-line.ts'
import { findBlock } from '../chain/block-search.ts'
import { LogLines } from './log-lines.ts'
import { listLogNames } from './log-names.ts'
import type { FilePlace } from './log-position.ts'
import type { WrittenBatch } from './written-batch.ts'

/** The log, and the chain from which on it is followed. */
export interface TailStart {
  readonly directory: string
  readonly stream: string
  readonly sealed: SealedChain
  /** The last file in which the first block that is not sealed may be; the last of the log if absent. */
  readonly lastFile?: string
}

/** The bytes of a log from the first block that is not sealed, in order and without gaps, as they are read from its files. */
export class LogTail {
  readonly #start: TailStart
  readonly #consume: (batch: WrittenBatch) => void
  #at: FilePlace | undefined
  #open: { readonly file: string; readonly lines: LogLines } | undefined

  /** `consume` must not keep the bytes of a batch: the next one overwrites them. */
  constructor(start: TailStart, consume: (batch: WrittenBatch) => void) {
    this.#start = start
    this.#consume = consume
  }

  /** Consumes all up to a place, which must be the end of a line that is written. Rejects if the file does not have it any more. */
  async catchUp(to: FilePlace): Promise<void> {
    this.#at ??= await this.#findStart(to)
    while (isBefore(this.#at, to)) {
      const isLast: boolean = this.#at.file === to.file
      this.#at = await this.#readFile(this.#at, isLast ? to.offset : Number.POSITIVE_INFINITY)
      if (isLast && this.#at.offset < to.offset)
        throw new Error(`the log file ${to.file} is shorter than what was written to it`)
      if (!isLast) this.#at = { file: await this.#fileAfter(this.#at.file, to.file), offset: 0 }
    }
  }

  close(): void {
    this.#open?.lines.close()
    this.#open = undefined
  }

  async #findStart(to: FilePlace): Promise<FilePlace> {
    const { directory, stream, sealed, lastFile } = this.#start
    const limits = { sizeMaxBytes: Number.POSITIVE_INFINITY, ...(lastFile === undefined ? {} : { lastFile }) }
    const isNext = (line: { readonly stream: string; readonly block: number }) =>
      line.stream === stream && line.block === sealed.sealed + 1
    return (await findBlock(directory, isNext, limits)) ?? to
  }

  /** Reads synchronously: few bytes are read at a time, and they are in the memory of the operating system. */
  async #readFile({ file, offset }: FilePlace, end: number): Promise<FilePlace> {
    const lines = this.#linesOf(file)
    let at = offset
    while (at < end) {
      const bytes = lines.readChunk(at, end)
      if (bytes.length === 0) break
      this.#consume({ file, offset: at, bytes })
      at += bytes.length
      if (at < end) await otherWork()
    }
    return { file, offset: at }
  }

  #linesOf(file: string): LogLines {
    if (this.#open?.file !== file) {
      this.close()
      this.#open = { file, lines: LogLines.open(this.#start.directory, file) }
    }
    return this.#open.lines
  }

  async #fileAfter(file: string, last: string): Promise<string> {
    const names = await listLogNames(this.#start.directory)
    return names.find(name => name > file) ?? last
  }
}

const isBefore = (a: FilePlace, b: FilePlace) => (a.file === b.file ? a.offset < b.offset : a.file < b.file)
