import { LogLines } from './log-lines.ts'
import type { FilePlace } from './log-position.ts'
import type { WrittenBatch } from './written-batch.ts'

/** A part of a log, and how its files are read. */
export interface LogRange {
  readonly directory: string
  /** The names of the files of the log, oldest first. */
  readonly names: readonly string[]
  /** The start of the log if absent. */
  readonly from?: FilePlace | undefined
  /** The end of the log if absent, with what is added meanwhile. */
  readonly to?: FilePlace | undefined
  /** The maximum size of a chunk that has more than one line; 1 MiB if absent. */
  readonly chunkSizeBytes?: number
  /** Whether a file that retention deletes meanwhile is passed over. It is an error if absent. */
  readonly skipsDeleted?: boolean
}

/** A line of the log, without its end, and the place behind it. */
export interface LogLine {
  readonly line: string
  readonly file: string
  readonly end: number
}

const chunkSizeMaxBytes = 1024 * 1024
const lineEnd = 0x0a

/**
 * Reads the whole lines between two places of a log in chunks, oldest first. The next chunk overwrites the bytes of the one
 * before. Reads synchronously: libuv's pool has the writes of the log, which calls wait for. A thread that has other work
 * must yield to it between the chunks. Throws the system's error.
 */
export function* readRange(range: LogRange): Generator<WrittenBatch> {
  const { names, from, to, chunkSizeBytes = chunkSizeMaxBytes } = range
  for (const file of names) {
    if ((from !== undefined && file < from.file) || (to !== undefined && file > to.file)) continue
    const lines = openLines(range, file)
    if (lines === undefined) continue
    try {
      for (let offset = file === from?.file ? from.offset : 0; ; ) {
        const left = (file === to?.file ? to.offset : lines.sizeBytes) - offset
        if (left <= 0) break
        const bytes = lines.readChunk(offset, offset + left, Math.min(chunkSizeBytes, left))
        if (bytes.length === 0) break
        yield { file, offset, bytes }
        offset += bytes.length
      }
    } finally {
      lines.close()
    }
  }
}

/** Reads the whole lines between two places of a log, for a thread that has no other work. Throws the system's error. */
export function* readLines(range: LogRange): Generator<LogLine> {
  for (const chunk of readRange(range)) yield* linesOf(chunk)
}

/** Returns the lines of a chunk. */
export function* linesOf({ file, offset, bytes }: WrittenBatch): Generator<LogLine> {
  let begin = 0
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, begin)) {
    yield { line: bytes.toString('utf8', begin, at), file, end: offset + at + 1 }
    begin = at + 1
  }
}

function openLines({ directory, skipsDeleted }: LogRange, file: string): LogLines | undefined {
  try {
    return LogLines.open(directory, file)
  } catch (error) {
    if (skipsDeleted === true && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
