import { type Millis, parseJson } from '../../std/index.ts'
import { headMarker, parseHead } from '../chain/audit-head.ts'
import { blockMarker } from '../chain/block-line.ts'
import { newestRecordFirst } from './record-search.ts'

/** The newest facts of an audit log. */
export interface NewestLines {
  /** The time of the newest line that has one; undefined for a log without such a line. */
  readonly lastAt: Millis | undefined
  /** The time of the newest signed head; undefined if no head was found. */
  readonly headAt: Millis | undefined
  /** The time of the oldest record behind that head, or of the oldest that was read; undefined if there is none. */
  readonly unsignedSince: Millis | undefined
  /** Whether the lines that were read have a block of the chain. */
  readonly hasBlock: boolean
}

/** A head comes every few seconds, so a log that has none in so many bytes has none that is new. */
const readSizeMaxBytes = 64 * 1024 * 1024

/** Reads an audit log backwards to its newest head. It only reads, also beside a running server. Throws the system's error. */
export async function readNewestLines(directory: string): Promise<NewestLines> {
  let [lastAt, unsignedSince]: [Millis | undefined, Millis | undefined] = [undefined, undefined]
  let hasBlock = false
  let sizeBytes = 0
  for await (const line of newestRecordFirst(directory)) {
    const at = timeOf(line)
    lastAt = later(lastAt, at)
    hasBlock ||= line.startsWith(blockMarker)
    const head = line.startsWith(headMarker) ? parseHead(line) : undefined
    if (head !== undefined) return { lastAt, headAt: Date.parse(head.time), unsignedSince, hasBlock: true }
    if (line.startsWith('{"eventVersion":') && at !== undefined) unsignedSince = at
    sizeBytes += line.length
    if (sizeBytes > readSizeMaxBytes) break
  }
  return { lastAt, headAt: undefined, unsignedSince, hasBlock }
}

const later = (one: Millis | undefined, other: Millis | undefined) =>
  other === undefined ? one : Math.max(one ?? other, other)

/** The time of a record, a state or a head; undefined for a line without a time, or one that a crash cut. */
function timeOf(line: string): Millis | undefined {
  try {
    const { eventTime, time, auditHead } = parseJson(line) as {
      eventTime?: unknown
      time?: unknown
      auditHead?: { time?: unknown }
    }
    const millis = Date.parse(String(eventTime ?? time ?? auditHead?.time))
    return Number.isNaN(millis) ? undefined : millis
  } catch {
    return undefined
  }
}
