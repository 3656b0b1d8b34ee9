import { keyResourceType } from '../../domain/index.ts'
import type { RecordFacts } from '../index/record-facts.ts'

/** The columns that calls can be counted by. */
export const usageColumns = ['day', 'account', 'region', 'key', 'operation', 'tag'] as const
/** A column that calls can be counted by. */
export type UsageColumn = (typeof usageColumns)[number]

/** The values of the wanted tags of a key, by its ARN; a key that is not there has no tags. */
export type KeyTags = ReadonlyMap<string, readonly string[]>

const keyArnPattern = /^arn:[^:]+:kms:[^:]+:[^:]+:key\//

interface Row {
  readonly values: readonly string[]
  calls: number
  errors: number
}

/**
 * Counts the calls of a service by key, account, day and more. A call counts once for each key that its record lists, and
 * once without a key if it lists none. It counts for the account that made it.
 */
export class UsageTable {
  readonly #eventSource: string
  readonly #columns: readonly UsageColumn[]
  /** The columns by which calls are counted first. Tags are those of keys. */
  readonly #counted: readonly UsageColumn[]
  /** By the values of the columns, without tags. */
  readonly #rows = new Map<string, Row>()

  constructor(eventSource: string, columns: readonly UsageColumn[]) {
    this.#eventSource = eventSource
    this.#columns = columns
    const own = columns.filter(column => column !== 'tag')
    this.#counted = columns.includes('tag') && !own.includes('key') ? [...own, 'key'] : own
  }

  /** Counts a record. */
  add(facts: RecordFacts): void {
    const { event, caller, end, errorCode } = facts
    if (event.eventSource !== this.#eventSource || isCopyForOwner(caller.accountId, end.accountId)) return
    const keys = keyArnsOf(facts)
    for (const key of keys.length === 0 ? [''] : keys) {
      const values = this.#valuesOf(facts, key)
      const text = values.join('\0')
      const row = this.#rows.get(text) ?? { values, calls: 0, errors: 0 }
      row.calls++
      if (errorCode !== undefined) row.errors++
      this.#rows.set(text, row)
    }
  }

  /** The ARNs of the keys that were counted. */
  get keys(): string[] {
    const column = this.#counted.indexOf('key')
    const keys = Array.from(this.#rows.values(), ({ values }) => values[column] ?? '')
    return [...new Set(keys)].filter(key => key !== '').sort()
  }

  /** Returns the table as CSV (RFC 4180), in the order of its columns. `tagNames` are those of the values of `tags`. */
  toCsv(tagNames: readonly string[], tags: KeyTags): string {
    const header = this.#columns.flatMap(column =>
      column === 'tag' ? tagNames.map(name => `tag:${name}`) : [column],
    )
    const lines = this.#taggedRows(tagNames, tags).map(({ values, calls, errors }) => [
      ...values,
      calls,
      errors,
    ])
    return [[...header, 'calls', 'errors'], ...lines]
      .map(line => `${line.map(csvField).join(',')}\n`)
      .join('')
  }

  /** The rows with the values of tags in the place of keys that are no column, in their order. */
  #taggedRows(tagNames: readonly string[], tags: KeyTags): Row[] {
    const columns = this.#counted
    const rows = new Map<string, Row>()
    for (const { values, calls, errors } of this.#rows.values()) {
      const keyTags = tags.get(values[columns.indexOf('key')] ?? '') ?? []
      const shown = this.#columns.flatMap(column =>
        column === 'tag'
          ? tagNames.map((_, index) => keyTags[index] ?? '')
          : [values[columns.indexOf(column)] ?? ''],
      )
      const text = shown.join('\0')
      const row = rows.get(text) ?? { values: shown, calls: 0, errors: 0 }
      row.calls += calls
      row.errors += errors
      rows.set(text, row)
    }
    return Array.from(rows)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, row]) => row)
  }

  #valuesOf({ time, event, end, caller }: RecordFacts, key: string): string[] {
    const values = {
      day: new Date(time * 1000).toISOString().slice(0, 10),
      account: caller.accountId ?? end.accountId,
      region: event.region,
      operation: event.eventName,
      key,
      tag: '',
    }
    return this.#counted.map(column => values[column])
  }
}

/** Whether a record is the copy for the owner of a key that a different account used. */
const isCopyForOwner = (caller: string | undefined, recipient: string) =>
  caller !== undefined && caller !== recipient

function keyArnsOf({ end }: RecordFacts): string[] {
  const keys = end.resources.filter(
    ({ ResourceType: type, ResourceName: name }) => type === keyResourceType && keyArnPattern.test(name),
  )
  return keys.map(({ ResourceName: name }) => name)
}

/** A value that a spreadsheet would take for a formula gets a quote before it. */
function csvField(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
