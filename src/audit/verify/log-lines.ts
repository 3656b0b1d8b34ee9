import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { listLogNames } from '../log/log-names.ts'

const chunkSizeBytes = 1024 * 1024
const lineEnd = 0x0a
const attemptsMax = 5

/** A line of the log with its end, and where it is. */
export interface LogLine {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly bytes: Buffer
  /** Whether the line end is missing: the file was cut there. */
  readonly isTorn: boolean
  /** Whether it is in the last file. */
  readonly isInLast: boolean
}

/**
 * Reads all lines of a log as it is now, in groups. A server may write to it meanwhile: what it adds is left out. Throws the
 * system's error.
 */
export async function* readLogLines(directory: string): AsyncGenerator<readonly LogLine[]> {
  const names = await listLogNames(directory)
  for (const file of names) {
    const isInLast = file === names.at(-1)
    const handle = await open(join(directory, file), 'r')
    try {
      const { size } = await handle.stat()
      let line = 0
      let rest: Buffer = Buffer.alloc(0)
      for (let at = 0; at < size; ) {
        const chunk = Buffer.alloc(Math.min(chunkSizeBytes, size - at))
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, at)
        if (bytesRead === 0) break
        at += bytesRead
        const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
        const whole = splitLines(bytes)
        rest = bytes.subarray(whole.reduce((sum, { length }) => sum + length, 0))
        yield whole.map(part => ({ file, line: ++line, bytes: part, isTorn: false, isInLast }))
      }
      if (rest.length > 0) yield [{ file, line: ++line, bytes: rest, isTorn: true, isInLast }]
    } finally {
      await handle.close()
    }
  }
}

/**
 * Repeats a check of a log that found a fault, or failed, if the retention of a running server has deleted files meanwhile.
 * Files that are missing for a different reason are missing the next time, too.
 */
export async function besideRetention<T>(
  directory: string,
  check: () => Promise<T>,
  isFault: (found: T) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const [first] = await listLogNames(directory)
    const hasChanged = async () => attempt < attemptsMax && (await listLogNames(directory))[0] !== first
    try {
      const found = await check()
      if (!isFault(found) || !(await hasChanged())) return found
    } catch (error) {
      if (!(await hasChanged())) throw error
    }
  }
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; ; ) {
    const end = bytes.indexOf(lineEnd, from)
    if (end < 0) return lines
    lines.push(bytes.subarray(from, end + 1))
    from = end + 1
  }
}
