import { gzipSync } from 'node:zlib'
import { type FilePlace, type LogPosition, readLines } from '../../audit/index.ts'
import { type Millis, sha256Hex } from '../../std/index.ts'
import { accountOf, readRecord, type Selection, selects } from './selection.ts'

/** The records of one log file of a trail. */
export interface Want {
  readonly id: string
  readonly selection: Selection
}

/** Asks for the log files of several trails from one part of the audit log. */
export interface GatherRequest {
  readonly task: 'gather'
  readonly from: LogPosition
  readonly to: LogPosition
  readonly wants: readonly Want[]
  /** Whether the part must not be cut, because it was cut before. */
  readonly isWhole: boolean
}

/** The log files that the part of the audit log gives, and the end of that part. */
export interface Gathered {
  readonly end: LogPosition
  readonly files: readonly GatheredFile[]
}

/** A log file as a trail's bucket gets it. */
export interface GatheredFile {
  readonly id: string
  /** Compressed. */
  readonly bytes: Uint8Array
  /** The SHA-256 of the text before compression, in hex. */
  readonly hash: string
  readonly records: number
  readonly oldestEventAt: Millis
  readonly newestEventAt: Millis
}

/** The limits of the text of one file, and of all files of one answer. CloudTrail's files have at most 50 MB compressed. */
const fileSizeMaxBytes = 32 * 1024 * 1024
const answerSizeMaxBytes = 128 * 1024 * 1024

/** Reads a part of the audit log once, and makes the log file of each trail that has records in it. */
export function gather(
  directory: string,
  names: readonly string[],
  { from, to, wants, isWhole }: GatherRequest,
  shown: (line: string) => string,
): Gathered {
  const files = wants.map(want => new OpenFile(want))
  const accounts = new Set(wants.map(({ selection }) => selection.accountId))
  let end: FilePlace = { file: from.file, offset: from.offset }
  let sizeBytes = 0
  let isCut = false
  for (const { line, file, end: offset } of readLines({ directory, names, from, to })) {
    end = { file, offset }
    // To parse the records of all other accounts would cost more than the rest of the work on them.
    const record = accounts.has(accountOf(line)) ? readRecord(line) : undefined
    if (record === undefined) continue
    const text = shown(line)
    for (const open of files) {
      if (!selects(open.want.selection, record)) continue
      open.add(text, record.at)
      sizeBytes += text.length
      isCut ||= !isWhole && open.sizeBytes > fileSizeMaxBytes
    }
    isCut ||= !isWhole && sizeBytes > answerSizeMaxBytes
    if (isCut) break
  }
  return {
    end: { stream: to.stream, ...(isCut ? end : { file: to.file, offset: to.offset }) },
    files: files.filter(({ count }) => count > 0).map(file => file.close()),
  }
}

class OpenFile {
  readonly want: Want
  #lines: string[] = []
  #oldest = Number.POSITIVE_INFINITY
  #newest = 0
  sizeBytes = 0

  constructor(want: Want) {
    this.want = want
  }

  get count(): number {
    return this.#lines.length
  }

  add(line: string, at: Millis): void {
    this.#lines.push(line)
    this.sizeBytes += line.length
    this.#oldest = Math.min(this.#oldest, at)
    this.#newest = Math.max(this.#newest, at)
  }

  close(): GatheredFile {
    const text = Buffer.from(`{"Records":[${this.#lines.join(',')}]}`)
    const records = this.#lines.length
    return {
      id: this.want.id,
      bytes: compress(text),
      hash: sha256Hex(text),
      records,
      oldestEventAt: this.#oldest,
      newestEventAt: this.#newest,
    }
  }
}

/**
 * Compresses text in the calling thread: libuv's pool has the writes of the audit log. The lowest level costs half of the
 * default one for files that are a tenth larger.
 */
export function compress(text: Uint8Array): Uint8Array<ArrayBuffer> {
  // A copy with memory of its own can move to a different thread.
  return Uint8Array.from(gzipSync(text, { level: 1 }))
}
