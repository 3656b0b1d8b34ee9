import { type FilePlace, type LogPosition, readLines } from '../../audit/index.ts'
import type { Millis } from '../../std/index.ts'
import { readRecord } from './selection.ts'

/** Asks for the place in the audit log where the records of a time begin. */
export interface LocateRequest {
  readonly task: 'locate'
  readonly time: Millis
  /** A place from before that time; undefined if none is known. */
  readonly from: LogPosition | undefined
  readonly to: LogPosition
}

/** The time in records is in whole seconds. */
const secondMillis = 1000

/** Returns the place before the first record that is not older than a time; the end of the part if there is none. */
export function locate(
  directory: string,
  names: readonly string[],
  { time, from, to }: LocateRequest,
): LogPosition {
  const first = from ?? { file: firstFileOf(names, time), offset: 0 }
  let place: FilePlace = { file: first.file, offset: first.offset }
  for (const { line, file, end } of readLines({ directory, names, from: first, to })) {
    const record = readRecord(line)
    if (record !== undefined && record.at > time - secondMillis) return { stream: to.stream, ...place }
    place = { file, offset: end }
  }
  return to
}

/** The name of the first file that can have records of the day (UTC): files are named by the day of their first record. */
function firstFileOf(names: readonly string[], time: Millis): string {
  const day = `keyward-${new Date(time).toISOString().slice(0, 10)}`
  const before = names.filter(name => name < day)
  return names.find(name => name.startsWith(day)) ?? before.at(-1) ?? ''
}
