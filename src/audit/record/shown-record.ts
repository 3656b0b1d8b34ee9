import { limits, textJson } from './record-text.ts'

const withheldBegin = ',"keyward":{'

/** The last member of a record, which only the durable log may show. */
export function withheldJson(reason: string): string {
  return `${withheldBegin}"reason":${textJson(reason, limits.additionalEventData)}}`
}

/**
 * Returns the line of a record without the member that only the durable log may show. The begin of that member is in no text
 * from outside: a quote in a text is escaped, and maps from outside have only texts as values.
 */
export function shownRecord(line: string): string {
  const begin = line.lastIndexOf(withheldBegin)
  return begin === -1 ? line : `${line.slice(0, begin)}}`
}
