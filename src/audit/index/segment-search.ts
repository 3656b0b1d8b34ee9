import { parseJson } from '../../std/index.ts'
import { shownRecord } from '../record/shown-record.ts'
import type { EventPlace, EventQuery } from './event-query.ts'
import type { LogLines } from './log-lines.ts'
import { attributeText, eventIdKeyOf, hashedKeyOf, isFoundBy, scopeOf, scopeText } from './lookup-keys.ts'
import { factsOf, type RecordFacts } from './record-facts.ts'
import type { OpenedSegment, Segment, Wanted } from './segment.ts'

/** A record that a lookup found, in the form that is shown. */
export interface FoundRecord {
  readonly place: EventPlace
  readonly line: string
}

/** Compares the places of two records in the order of a page. */
export function comparePlaces(a: EventPlace, b: EventPlace): number {
  if (a.time !== b.time) return b.time - a.time
  if (a.file !== b.file) return a.file < b.file ? 1 : -1
  return b.offset - a.offset
}

/** Returns the records that a query wants, as the index knows them. */
export function wantedBy({ scope, attribute }: EventQuery): Wanted {
  const ofScope = scopeText(scope)
  if (attribute?.key === 'EventId') return { eventIdKey: eventIdKeyOf(hashedKeyOf(ofScope), attribute.value) }
  const text = attribute === undefined ? ofScope : attributeText(scope, attribute.key, attribute.value)
  return { text, key: hashedKeyOf(text) }
}

/**
 * Finds the first records of a segment that a query wants, in the order of a page. Each is read from the log and compared,
 * so that neither equal keys nor a changed index show a record to somebody who must not see it. Throws Damaged, and the
 * system's error.
 */
export function searchSegment(
  segment: Segment,
  query: EventQuery,
  wanted: Wanted,
  openLog: () => LogLines,
  limit: number,
): FoundRecord[] {
  const opened = segment.open()
  let log: LogLines | undefined
  try {
    const found: FoundRecord[] = []
    const marks = opened.mark(wanted)
    if (marks === undefined) return found
    const [first, end] = rangeOf(segment, opened, query)
    const before = (number: number) => (number < first ? -1 : marks.lastIndexOf(1, number))
    for (let number = before(end - 1); number >= first && found.length < limit; number = before(number - 1)) {
      const [time, offset] = [opened.timeOf(number), opened.offsetOf(number)]
      log ??= openLog()
      const line = log.readLine(offset)
      if (line !== undefined && isWanted(line, time, query, wanted))
        found.push({ place: { time, file: segment.file, offset }, line: shownRecord(line) })
    }
    return found
  } finally {
    log?.close()
    opened.close()
  }
}

/** The numbers of the records in the query's range: the first, and the one after the last. */
function rangeOf(segment: Segment, opened: OpenedSegment, query: EventQuery): [first: number, end: number] {
  const { count, file, minTime, maxTime } = segment
  const [from, to] = [Math.ceil(query.from / 1000), Math.floor(query.to / 1000)]
  const { before } = query
  const first = from <= minTime ? 0 : firstNumber(count, number => opened.timeOf(number) >= from)
  if (maxTime <= to && (before === undefined || maxTime < before.time)) return [first, count]
  const isAfterEnd = (number: number) => {
    const time = opened.timeOf(number)
    if (time > to) return true
    if (before === undefined) return false
    // The order of a page ends with the oldest.
    return comparePlaces({ time, file, offset: opened.offsetOf(number) }, before) <= 0
  }
  return [first, firstNumber(count, isAfterEnd)]
}

/** The first number for which a condition holds; it holds for all numbers after that. */
function firstNumber(count: number, holds: (number: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

function isWanted(line: string, time: number, query: EventQuery, wanted: Wanted): boolean {
  const facts = parseFacts(line)
  if (facts === undefined || facts.time !== time) return false
  if ('text' in wanted) return isFoundBy(facts, wanted.text)
  const { accountId, region } = scopeOf(facts)
  const isOfScope = accountId === query.scope.accountId && region === query.scope.region
  return isOfScope && facts.eventId === query.attribute?.value
}

function parseFacts(line: string): RecordFacts | undefined {
  try {
    return factsOf(parseJson(line))
  } catch {
    return undefined
  }
}
