import { namesResourcesInParameters } from '../../domain/index.ts'
import { isJsonObject, parseJson } from '../../std/index.ts'
import { shownRecord } from '../record/shown-record.ts'
import { PartMemo } from './part-memo.ts'
import {
  type CallerFacts,
  callerFactsOf,
  type EndFacts,
  type EventFacts,
  endFactsOf,
  eventFactsOf,
  textOf,
} from './record-parts.ts'

/** The facts of a record that the index and the counts of usage need. Equal parts of two records are mostly one object. */
export interface RecordFacts {
  readonly caller: CallerFacts
  /** The eventTime, in seconds. */
  readonly time: number
  readonly event: EventFacts
  readonly errorCode: string | undefined
  readonly requestId: string | undefined
  readonly eventId: string
  readonly end: EndFacts
}

/**
 * Returns the facts of a parsed line; undefined for a line that is no record, and for a record that the durable log alone
 * may show.
 */
export function factsOf(record: unknown): RecordFacts | undefined {
  if (!isJsonObject(record)) return undefined
  const { eventID: eventId, requestID: requestId, errorCode, eventTime } = record
  const time = typeof eventTime === 'string' ? Date.parse(eventTime) / 1000 : Number.NaN
  const event = eventFactsOf(record)
  const end = endFactsOf(record)
  const isWhole = typeof eventId === 'string' && Number.isSafeInteger(time)
  if (!isWhole || event === undefined || end === undefined) return undefined
  return {
    caller: callerFactsOf(record['userIdentity']),
    time,
    event,
    errorCode: textOf(errorCode),
    requestId: textOf(requestId),
    eventId,
    end,
  }
}

const begin = '{"eventVersion":"'
const timeMark = ',"eventTime":"'
const timeLength = '2026-11-24T12:00:00Z'.length
const eventMark = '","eventSource":"'
const clientMark = ',"sourceIPAddress":'
const parametersMark = ',"requestParameters":'
const endMark = ',"readOnly":'
const idLength = '01234567-89ab-cdef-0123-456789abcdef'.length
const idMark = '"eventID":"'
const requestMark = ',"requestID":"'
const sharedMark = ',"sharedEventID":"'

/**
 * Reads the facts of lines, without parsing the texts that come from outside. It cuts a line at names of members, each with
 * its quotes: a quote inside of a text is escaped. Maps from outside, such as encryption contexts, can have any names, but
 * the text between two such cuts is then no JSON. A line of any other form is parsed whole.
 */
export class RecordParser {
  readonly #callers = new PartMemo(parseCaller)
  readonly #events = new PartMemo(parseEvent)
  readonly #clients = new PartMemo(parseClient, 1024, 512)
  readonly #ends = new PartMemo(parseEnd)
  #timeText = ''
  #time = 0

  /** Returns the facts of the line between two places of a Latin-1 text, as `factsOf` does of the parsed line. */
  parse(text: string, start: number, end: number): RecordFacts | undefined {
    const facts = text.startsWith(begin, start) ? this.#parseParts(text, start, end) : 'unusual'
    return facts === 'unusual' ? factsOf(parseUtf8(text.slice(start, end))) : facts
  }

  #parseParts(text: string, start: number, end: number): RecordFacts | undefined | 'unusual' {
    const timeMarkAt = this.#callers.endOf(text, start, timeMark)
    const timeAt = timeMarkAt + timeMark.length
    const eventAt = timeAt + timeLength
    if (timeMarkAt === -1 || !text.startsWith(eventMark, eventAt)) return 'unusual'
    const clientAt = this.#events.endOf(text, eventAt, clientMark)
    const parametersAt = clientAt === -1 ? -1 : this.#clients.endOf(text, clientAt, parametersMark)
    const endAt = this.#ends.beginOf(text, end, endMark)
    const idAt = endAt - 1 - idLength
    const idMarkAt = idAt - idMark.length
    const requestIdAt = idMarkAt - 2 - idLength
    // A mark that this line lacks may have been found in the next one, or in the one before.
    if (parametersAt === -1 || parametersAt > requestIdAt || requestIdAt < start) return 'unusual'
    if (!text.startsWith(idMark, idMarkAt)) return 'unusual'
    if (!text.startsWith(requestMark, requestIdAt - requestMark.length)) return 'unusual'
    const caller = this.#callers.valueOf(text, start, timeMarkAt)
    const event = this.#events.valueOf(text, eventAt, clientAt)
    const client = this.#clients.valueOf(text, clientAt, parametersAt)
    const ending = this.#ends.valueOf(text, endAt, end, withoutOwnMembers)
    if (caller === 'unusual' || event === 'unusual' || client === 'unusual' || ending === 'unusual')
      return 'unusual'
    const time = this.#timeAt(text, timeAt)
    if (Number.isNaN(time) || namesResourcesInParameters(event.eventSource)) return 'unusual'
    if (ending === 'hidden') return undefined
    const requestId = text.slice(requestIdAt, requestIdAt + idLength)
    const eventId = text.slice(idAt, idAt + idLength)
    return { caller, time, event, errorCode: client.errorCode, requestId, eventId, end: ending }
  }

  /** Records of the same second follow each other. */
  #timeAt(text: string, at: number): number {
    if (!text.startsWith(this.#timeText, at) || this.#timeText === '') {
      this.#timeText = text.slice(at, at + timeLength)
      this.#time = Date.parse(this.#timeText) / 1000
    }
    return this.#time
  }
}

/** A shared event and a denial have an end like others, once the members that are theirs alone are cut out. */
function withoutOwnMembers(end: string): string {
  const shown = shownRecord(end)
  const sharedAt = shown.indexOf(sharedMark)
  if (sharedAt === -1) return shown
  return shown.slice(0, sharedAt) + shown.slice(sharedAt + sharedMark.length + idLength + 1)
}

function parseCaller(text: string): CallerFacts | 'unusual' {
  const record = parseUtf8(`${text}}`)
  return isJsonObject(record) ? callerFactsOf(record['userIdentity']) : 'unusual'
}

function parseEvent(text: string): EventFacts | 'unusual' {
  const record = parseUtf8(`{${text.slice('",'.length)}}`)
  return (isJsonObject(record) ? eventFactsOf(record) : undefined) ?? 'unusual'
}

function parseClient(text: string): { errorCode: string | undefined } | 'unusual' {
  const record = parseUtf8(`{${text.slice(1)}}`)
  return isJsonObject(record) ? { errorCode: textOf(record['errorCode']) } : 'unusual'
}

function parseEnd(text: string): EndFacts | 'unusual' | 'hidden' {
  const record = parseUtf8(`{${text.slice(1)}`)
  if (!isJsonObject(record)) return 'unusual'
  return endFactsOf(record) ?? 'hidden'
}

/** Parses a text with one character for each byte of UTF-8. */
function parseUtf8(text: string): unknown {
  try {
    return parseJson(utf8Of(text))
  } catch {
    return undefined
  }
}

const utf8Of = (text: string) => Buffer.from(text, 'latin1').toString('utf8')
