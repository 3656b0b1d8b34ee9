import { type EventResource, eventResources, eventUsername } from '../../domain/index.ts'
import { isJsonObject } from '../../std/index.ts'

/** The caller of a record. */
export interface CallerFacts {
  /** The account of the caller; undefined for a service. */
  readonly accountId: string | undefined
  readonly username: string | undefined
  readonly accessKeyId: string | undefined
}

/** The event of a record. */
export interface EventFacts {
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
}

/** The facts at the end of a record. */
export interface EndFacts {
  /** The account that the record is for. */
  readonly accountId: string
  readonly isReadOnly: boolean
  readonly resources: readonly EventResource[]
}

/** Returns the facts of a userIdentity (CloudTrail user guide, "CloudTrail userIdentity element"). */
export function callerFactsOf(identity: unknown): CallerFacts {
  if (!isJsonObject(identity)) return { accountId: undefined, username: undefined, accessKeyId: undefined }
  return {
    accountId: textOf(identity['accountId']),
    username: eventUsername(identity),
    accessKeyId: textOf(identity['accessKeyId']),
  }
}

/** Returns the facts of an event; undefined if it is not the event of a record. */
export function eventFactsOf(record: Readonly<Record<string, unknown>>): EventFacts | undefined {
  const { eventSource, eventName, awsRegion: region } = record
  return typeof eventSource === 'string' && typeof eventName === 'string' && typeof region === 'string'
    ? { eventSource, eventName, region }
    : undefined
}

/**
 * Returns the facts at the end of a record; undefined if the record is for the durable log alone, or is a network activity event, which
 * event history does not have (CloudTrail user guide, "Working with CloudTrail event history").
 */
export function endFactsOf(
  record: Readonly<Record<string, unknown>>,
  resources: readonly EventResource[] = eventResources(record),
): EndFacts | undefined {
  const { recipientAccountId: accountId, eventCategory, readOnly } = record
  if (typeof accountId !== 'string' || eventCategory !== 'Management') return undefined
  return { accountId, isReadOnly: readOnly === true, resources }
}

/** Returns a value that is a text. */
export const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
