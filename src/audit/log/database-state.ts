import type { Millis } from '../../std/index.ts'
import { parseJson } from '../../std/index.ts'
import { newestRecordFirst } from './record-search.ts'

/**
 * How often each part of the database was changed, by Region and `global`. The audit log has it on lines of its own, so
 * that a database that was turned back to an older copy shows.
 */
export type DatabaseState = Readonly<Record<string, number>>

/** The log has a state at least this often, so that the search for the last one reads little. */
export const stateIntervalBytes = 16 * 1024 * 1024

/** Returns the line of a state: an object without `eventName`, which no audit record lacks. */
export function renderState(state: DatabaseState, time: Millis): string {
  return JSON.stringify({ databaseState: state, time: new Date(time).toISOString() })
}

/** Returns the last state in the audit log; undefined if the log has none, or does not exist. */
export async function findLastState(directory: string): Promise<DatabaseState | undefined> {
  let readBytes = 0
  for await (const line of newestRecordFirst(directory)) {
    readBytes += line.length
    if (readBytes > 4 * stateIntervalBytes) return undefined
    const state = line.startsWith('{"databaseState":') ? parseState(line) : undefined
    if (state !== undefined) return state
  }
  return undefined
}

function parseState(line: string): DatabaseState | undefined {
  try {
    const { databaseState } = parseJson(line) as { databaseState: unknown }
    if (typeof databaseState !== 'object' || databaseState === null) return undefined
    const counts = Object.entries(databaseState).filter(([, count]) => Number.isSafeInteger(count))
    return Object.fromEntries(counts) as DatabaseState
  } catch {
    // A crash can cut the last line of the log.
    return undefined
  }
}
