import { isRecord, type NamedResource, resourcesOf } from './record-resources.ts'

/** What a record says of its caller. */
export interface CallerFacts {
  readonly username: string | undefined
  readonly accessKeyId: string | undefined
}

/** What a record says of its event. */
export interface EventFacts {
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
}

/** What is at the end of a record. */
export interface EndFacts {
  /** The account that the record is for. */
  readonly accountId: string
  readonly isReadOnly: boolean
  readonly resources: readonly NamedResource[]
}

/** Returns the facts of a userIdentity (CloudTrail user guide, "CloudTrail userIdentity element"). */
export function callerFactsOf(identity: unknown): CallerFacts {
  if (!isRecord(identity)) return { username: undefined, accessKeyId: undefined }
  return { username: usernameOf(identity), accessKeyId: textOf(identity['accessKeyId']) }
}

/** CloudTrail looks up role sessions by the name of the session (recorded from AWS). */
function usernameOf(identity: Readonly<Record<string, unknown>>): string | undefined {
  const { type, arn, userName } = identity
  if (type === 'Root') return 'root'
  if (type === 'IAMUser' || type === 'WebIdentityUser') return textOf(userName)
  if (type !== 'AssumedRole' && type !== 'FederatedUser') return undefined
  return textOf(arn)?.split('/').at(-1)
}

/** Returns the facts of an event; undefined if it is not the event of a record. */
export function eventFactsOf(record: Readonly<Record<string, unknown>>): EventFacts | undefined {
  const { eventSource, eventName, awsRegion: region } = record
  return typeof eventSource === 'string' && typeof eventName === 'string' && typeof region === 'string'
    ? { eventSource, eventName, region }
    : undefined
}

/** Returns the facts at the end of a record; undefined if the record is for the durable log alone. */
export function endFactsOf(
  record: Readonly<Record<string, unknown>>,
  resources = resourcesOf(record),
): EndFacts | undefined {
  const { recipientAccountId: accountId, eventCategory, readOnly } = record
  if (typeof accountId !== 'string' || eventCategory !== 'Management') return undefined
  return { accountId, isReadOnly: readOnly === true, resources }
}

/** Returns a value that is a text. */
export const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)
