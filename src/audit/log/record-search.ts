import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Millis, OperatorError, parseJson } from '../../std/index.ts'
import { listLogNames } from './log-names.ts'
import { readAt } from './read-at.ts'

const chunkSizeBytes = 1024 * 1024
/** The maximum difference between the order of records in the log and the order of their times. */
const disorderMillis = 60_000
const lineEnd = 0x0a

/**
 * Finds the records that are in the files, whose paths come from the newest to the oldest. Reads backwards, because the
 * wanted records were written last, and stops at records from before `since`.
 */
export async function findRecords(
  paths: readonly string[],
  eventIds: ReadonlySet<string>,
  since: Millis,
): Promise<Set<string>> {
  const found = new Set<string>()
  for (const path of paths) {
    for await (const line of linesBackwards(path)) {
      if (found.size === eventIds.size) return found
      const { eventID, eventTime } = parseRecord(line)
      if (eventID !== undefined && eventIds.has(eventID)) found.add(eventID)
      if (eventTime !== undefined && Date.parse(eventTime) < since - disorderMillis) return found
    }
  }
  return found
}

/** Reads the lines of all files of an audit log, from the last to the first; none if there is no log. */
export async function* newestRecordFirst(directory: string): AsyncGenerator<string> {
  const names = await listLogNames(directory).catch((error: unknown) => {
    if (error instanceof OperatorError) throw error
    return []
  })
  for (const name of names.reverse()) yield* linesBackwards(join(directory, name))
}

function parseRecord(line: string): { eventID?: string; eventTime?: string } {
  try {
    return parseJson(line) as { eventID?: string; eventTime?: string }
  } catch {
    return {}
  }
}

/** The lines of a file from the last to the first. */
async function* linesBackwards(path: string): AsyncGenerator<string> {
  const handle = await open(path, 'r')
  try {
    let rest: Buffer = Buffer.alloc(0)
    for (let end = (await handle.stat()).size; end > 0; end -= chunkSizeBytes) {
      const start = Math.max(0, end - chunkSizeBytes)
      const bytes = Buffer.concat([await readAt(handle, start, end), rest])
      // The first line of the chunk may begin in the one before it.
      const whole = start === 0 ? 0 : bytes.indexOf(lineEnd) + 1
      rest = bytes.subarray(0, whole === 0 && start > 0 ? bytes.length : whole)
      const lines = bytes.toString('utf8', rest.length).split('\n')
      yield* lines.filter(line => line !== '').reverse()
    }
  } finally {
    await handle.close()
  }
}
