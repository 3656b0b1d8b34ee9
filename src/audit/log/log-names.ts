import { readdir } from 'node:fs/promises'
import type { Millis } from '../../std/index.ts'

const namePattern = /^keyward-\d{4}-\d{2}-\d{2}\.jsonl$/

/** Returns the name of the log file of a day (UTC), such as `keyward-2026-11-24.jsonl`. */
export const logNameOf = (time: Millis) => `keyward-${new Date(time).toISOString().slice(0, 10)}.jsonl`

/** Returns the names of the files of an audit log, the oldest first. Throws the system's error. */
export async function listLogNames(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter(name => namePattern.test(name)).sort()
}
