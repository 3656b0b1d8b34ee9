import type { Event } from '@aws-sdk/client-cloudtrail'
import { toCsv } from './csv.ts'

/** An event of the history, with its record read. */
export interface ShownEvent {
  readonly id: string
  readonly name: string
  readonly at: Date | undefined
  /** The service, such as `kms.amazonaws.com`. */
  readonly source: string
  readonly username: string
  readonly accessKeyId: string
  /** `true` or `false`. */
  readonly readOnly: string
  readonly resources: readonly { readonly type: string; readonly name: string }[]
  /** The error code of a call that failed; empty for one that succeeded. */
  readonly errorCode: string
  readonly errorMessage: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly region: string
  /** The ARN of the caller, if the record has one. */
  readonly principal: string
  /** The record as it was written. */
  readonly record: string
}

/** Reads an event. A record that cannot be read has empty facts, and its text stays. */
export function readEvent(event: Event): ShownEvent {
  const record = parse(event.CloudTrailEvent ?? '')
  const fact = (name: string) => textOf(record[name])
  const identity = (record['userIdentity'] ?? {}) as Record<string, unknown>
  return {
    ...{ id: event.EventId ?? '', name: event.EventName ?? '', at: event.EventTime },
    ...{ source: event.EventSource ?? '', username: event.Username ?? '', readOnly: event.ReadOnly ?? '' },
    accessKeyId: event.AccessKeyId ?? '',
    resources: (event.Resources ?? []).map(({ ResourceType: type = '', ResourceName: name = '' }) => ({
      type,
      name,
    })),
    ...{ errorCode: fact('errorCode'), errorMessage: fact('errorMessage') },
    ...{ sourceIp: fact('sourceIPAddress'), userAgent: fact('userAgent'), region: fact('awsRegion') },
    principal: textOf(identity['arn']),
    record: event.CloudTrailEvent ?? '',
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const columns: readonly (readonly [string, (event: ShownEvent) => string])[] = [
  ['Event time', ({ at }) => at?.toISOString() ?? ''],
  ['Event name', ({ name }) => name],
  ['User name', ({ username }) => username],
  ['Event source', ({ source }) => source],
  ['Resources', ({ resources }) => resources.map(({ name }) => name).join(' ')],
  ['Error code', ({ errorCode }) => errorCode],
  ['Error message', ({ errorMessage }) => errorMessage],
  ['AWS access key', ({ accessKeyId }) => accessKeyId],
  ['Source IP address', ({ sourceIp }) => sourceIp],
  ['User agent', ({ userAgent }) => userAgent],
  ['Read-only', ({ readOnly }) => readOnly],
  ['AWS Region', ({ region }) => region],
  ['Event ID', ({ id }) => id],
]

/** Events as CSV, a row each. */
export function eventsAsCsv(events: readonly ShownEvent[]): string {
  return toCsv(
    columns.map(([name]) => name),
    events.map(event => columns.map(([, textOfColumn]) => textOfColumn(event))),
  )
}

/** Events as a JSON file in the form of CloudTrail's log files: `{"Records": [...]}`. Records keep their text. */
export function eventsAsJson(events: readonly ShownEvent[]): string {
  return `{"Records":[${events.map(({ record }) => record).join(',\n')}]}\n`
}

/** The id of a key in its ARN; undefined for other resources. */
export function keyIdIn(name: string): string | undefined {
  return /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/([\w-]+)$/.exec(name)?.[1]
}
