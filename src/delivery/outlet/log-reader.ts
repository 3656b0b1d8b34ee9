import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { FilePlace } from '../../audit/index.ts'

/** A line of the audit log, without its end, and the place behind it. */
export interface LogLine {
  readonly line: string
  readonly file: string
  readonly end: number
}

const chunkSizeBytes = 1024 * 1024
const lineEnd = 0x0a

/**
 * Reads the whole lines of the files between two places, oldest first. `names` are the names of all files of the log. Reads
 * synchronously, for a thread of its own: libuv's pool has the writes of the log, which calls wait for.
 */
export function* readLog(
  directory: string,
  names: readonly string[],
  from: FilePlace,
  to: FilePlace,
): Generator<LogLine> {
  for (const file of names) {
    if (file < from.file || file > to.file) continue
    const start = file === from.file ? from.offset : 0
    const end = file === to.file ? to.offset : Number.POSITIVE_INFINITY
    yield* readFile(join(directory, file), file, start, end)
  }
}

function* readFile(path: string, file: string, start: number, end: number): Generator<LogLine> {
  const descriptor = openSync(path, 'r')
  try {
    const last = Math.min(end, fstatSync(descriptor).size)
    let rest: Buffer = Buffer.alloc(0)
    for (let offset = start; offset < last; ) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkSizeBytes, last - offset))
      const count = readSync(descriptor, chunk, 0, chunk.length, offset)
      if (count === 0) return
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)])
      const base = offset - rest.length
      offset += count
      let begin = 0
      for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, begin)) {
        yield { line: bytes.toString('utf8', begin, at), file, end: base + at + 1 }
        begin = at + 1
      }
      rest = bytes.subarray(begin)
    }
  } finally {
    closeSync(descriptor)
  }
}
