import type { Scope } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { LogPosition } from '../log/log-position.ts'

/** A lookup attribute of CloudTrail (CloudTrail API reference, LookupAttribute). */
export type LookupKey =
  | 'EventId'
  | 'EventName'
  | 'ReadOnly'
  | 'Username'
  | 'ResourceType'
  | 'ResourceName'
  | 'EventSource'
  | 'AccessKeyId'

/** A question about the records of one account in one Region. */
export interface EventQuery {
  readonly scope: Scope
  readonly attribute?: { readonly key: LookupKey; readonly value: string }
  /** Both times belong to the range. */
  readonly from: Millis
  readonly to: Millis
  /** The maximum number of records of the page. */
  readonly limit: number
  /** The page begins after this place. */
  readonly before?: EventPlace
  /** The answer has every record up to this position. */
  readonly durable: LogPosition
}

/** A place in the order of the records: the newest first, and of the same second the last written first. */
export interface EventPlace {
  /** The eventTime, in seconds. */
  readonly time: number
  readonly file: string
  readonly offset: number
}

/** The records that a lookup finds. */
export interface EventPage {
  /** As they are shown, without the member `keyward`. */
  readonly lines: readonly string[]
  /** Absent if there are no more records. A page may have fewer records than its limit although more follow. */
  readonly next?: EventPlace
}
