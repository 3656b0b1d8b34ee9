import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { otherWork } from '../../std/index.ts'
import { listLogNames } from '../log/log-names.ts'
import { readRange } from '../log/log-range.ts'

const lineEnd = 0x0a
const attemptsMax = 5

/** A line of the log with its end, and where it is. */
export interface NumberedLine {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** None of a line that is torn. The next group overwrites them. */
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
export async function* readNumberedLines(directory: string): AsyncGenerator<readonly NumberedLine[]> {
  const names = await listLogNames(directory)
  for (const file of names) {
    const isInLast = file === names.at(-1)
    const path = join(directory, file)
    const { size } = await stat(path)
    let line = 0
    let end = 0
    for (const { bytes } of readRange({ directory, names: [file], to: { file, offset: size } })) {
      end += bytes.length
      yield splitLines(bytes).map(part => ({ file, line: ++line, bytes: part, isTorn: false, isInLast }))
      await otherWork()
    }
    // A server that starts meanwhile cuts half a line off.
    if (end < size && end < (await stat(path)).size)
      yield [{ file, line: ++line, bytes: Buffer.alloc(0), isTorn: true, isInLast }]
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
