import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { shownRecord } from '../../audit/index.ts'
import { eventAttributes, type HistoryPage, type HistoryQuery } from '../../services/index.ts'
import { parseJson } from '../../std/index.ts'

interface Found {
  readonly offset: number
  readonly time: number
  readonly line: string
}

/** Finds records by reading the audit log, the newest file first. It holds no more lines than a page has. */
export class ScannedHistory {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async lookup(query: HistoryQuery): Promise<HistoryPage> {
    const { limit, before } = query
    const found: (Found & { readonly file: string })[] = []
    const names = (await readdir(this.#directory)).filter(name => name.endsWith('.jsonl')).sort()
    for (const file of names.reverse()) {
      if (before !== undefined && file > before.file) continue
      const end = file === before?.file ? before.offset : Number.POSITIVE_INFINITY
      const missing = limit + 1 - found.length
      for (const item of await this.#lastIn(file, end, missing, query)) found.push({ ...item, file })
      if (found.length > limit) break
    }
    const page = found.slice(0, limit)
    const lines = page.map(({ line }) => line)
    const last = page.at(-1)
    if (found.length <= limit || last === undefined) return { lines }
    return { lines, next: { time: last.time, file: last.file, offset: last.offset } }
  }

  /** Returns the last matching records of a file before an offset, the newest first. */
  async #lastIn(file: string, end: number, count: number, query: HistoryQuery): Promise<Found[]> {
    const kept: Found[] = []
    let offset = 0
    const input = createReadStream(join(this.#directory, file))
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (offset >= end) break
      const time = timeOfMatch(line, query)
      if (time !== undefined) kept.push({ offset, time, line: shownRecord(line) })
      if (kept.length > count) kept.shift()
      offset += Buffer.byteLength(line) + 1
    }
    input.destroy()
    return kept.reverse()
  }
}

/** Returns the time of a record that a query finds, in seconds; undefined for any other line. */
function timeOfMatch(line: string, { scope, attribute, from, to }: HistoryQuery): number | undefined {
  const record = parseJson(line || '{}') as Readonly<Record<string, unknown>>
  const { eventName, recipientAccountId, awsRegion, eventCategory, eventTime } = record
  if (eventName === undefined || eventCategory !== 'Management') return undefined
  if (recipientAccountId !== scope.accountId || awsRegion !== scope.region) return undefined
  const time = Date.parse(`${eventTime}`)
  if (time < from || time > to) return undefined
  if (attribute !== undefined && !eventAttributes(record)[attribute.key].includes(attribute.value))
    return undefined
  return time / 1000
}
