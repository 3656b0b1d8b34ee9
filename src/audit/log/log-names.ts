import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Millis, OperatorError } from '../../std/index.ts'

const namePattern = /^keyward-(\d{4}-\d{2}-\d{2})(?:\.p(\d{4}))?\.jsonl$/
/** The number of the last part of a day. It grows without a limit. */
const partMax = 9999

/** Returns the name of the first log file of a day (UTC), such as `keyward-2026-11-24.jsonl`. */
export const logNameOf = (time: Millis) => `keyward-${new Date(time).toISOString().slice(0, 10)}.jsonl`

/**
 * Returns the name of the part of the day after this one, such as `keyward-2026-11-24.p0001.jsonl`. Names in the order of
 * their characters are in the order of time.
 */
export function nextPartOf(name: string): string {
  const [, day, part = '0'] = namePattern.exec(name) ?? []
  const next = Math.min(Number(part) + 1, partMax)
  return `keyward-${day}.p${String(next).padStart(4, '0')}.jsonl`
}

/** Returns the time at which the day of a log file begins. */
export const dayOfLog = (name: string): Millis => Date.parse(`${namePattern.exec(name)?.[1]}T00:00:00Z`)

/**
 * Returns the names of the files of an audit log, the oldest first. Throws the system's error, and OperatorError for a pipe: to
 * open one waits for its other end.
 */
export async function listLogNames(directory: string): Promise<string[]> {
  const entries = (await readdir(directory, { withFileTypes: true })).filter(({ name }) =>
    namePattern.test(name),
  )
  for (const entry of entries) {
    const path = join(directory, entry.name)
    // A symbolic link may lead to a pipe, or nowhere.
    if (!entry.isFile() && (await stat(path).catch(() => undefined))?.isFIFO() === true)
      throw new OperatorError(`The file ${path} of the audit log is a pipe.`)
  }
  return entries.map(({ name }) => name).sort()
}
