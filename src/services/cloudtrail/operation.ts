import type { Scope, ServiceError, Trail } from '../../domain/index.ts'
import { operationsWith } from '../../operation/index.ts'
import type { Millis } from '../../std/index.ts'
import type { TokenSeal } from '../page-tokens.ts'

/** The attributes by which LookupEvents finds records (CloudTrail API reference, LookupAttribute). */
export const lookupKeys = [
  'EventId',
  'EventName',
  'ReadOnly',
  'Username',
  'ResourceType',
  'ResourceName',
  'EventSource',
  'AccessKeyId',
] as const

/** A question about the records of an account in a Region, the newest first. */
export interface HistoryQuery {
  readonly scope: Scope
  readonly attribute?: { readonly key: (typeof lookupKeys)[number]; readonly value: string }
  /** The records from this time on, itself included. */
  readonly from: Millis
  /** The records up to this time, itself included. */
  readonly to: Millis
  readonly limit: number
  /** The place at which the page before ended. */
  readonly before?: HistoryPlace
}

/** A place in the order of records. */
export interface HistoryPlace {
  readonly time: number
  readonly file: string
  readonly offset: number
}

/** Records of the audit log, as their account may see them. Without `next` there are no more. */
export interface HistoryPage {
  readonly lines: readonly string[]
  readonly next?: HistoryPlace
}

/** The answer of a bucket to a trail that would write to it. */
export type DestinationAnswer = 'ok' | 'missing' | 'denied'

/** The tools of the operations of AWS CloudTrail, besides the context that every operation gets. */
export interface CloudTrailTools {
  /** The records of the last 90 days and more. */
  readonly history: { lookup(query: HistoryQuery): Promise<HistoryPage> }
  /** Asks whether the server could write to a bucket. */
  readonly destinations: { check(bucket: string): Promise<DestinationAnswer> }
  /** Makes a data key under the KMS key of a trail, as its delivery would. Returns the error of AWS KMS. */
  readonly keyTrial: (trail: Trail, keyArn: string) => Promise<ServiceError | undefined>
  /** Seals the tokens of pages. */
  readonly secrets: TokenSeal
}

/** Declares an operation of AWS CloudTrail. */
export const operation = operationsWith<CloudTrailTools>()
