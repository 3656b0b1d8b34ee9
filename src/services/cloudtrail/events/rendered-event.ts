import { list, parseJson, string, structure } from '../../../std/index.ts'
import type { lookupKeys } from '../operation.ts'
import { timeType } from '../wire/shapes.ts'
import { resourcesOf } from './event-resources.ts'

/** An event as LookupEvents answers it. The order of the members is recorded from AWS. */
export const eventType = structure({
  EventId: string(),
  EventName: string(),
  ReadOnly: string(),
  AccessKeyId: string(),
  EventTime: timeType,
  EventSource: string(),
  Username: string(),
  Resources: list(structure({ ResourceType: string(), ResourceName: string() })),
  CloudTrailEvent: string(),
})

/** The members of a record that an event repeats. */
interface EventRecord {
  readonly eventID: string
  readonly eventName: string
  readonly eventTime: string
  readonly eventSource: string
  readonly readOnly: boolean
  readonly userIdentity: UserIdentity
}

interface UserIdentity {
  readonly type?: string
  readonly arn?: string
  readonly accessKeyId?: string
  readonly userName?: string
}

/** Returns the event of a record. A caller without an access key or a name has no such member (recorded from AWS). */
export function renderEvent(line: string) {
  return { ...factsOf(parseJson(line)), CloudTrailEvent: line }
}

function factsOf(parsed: unknown) {
  const record = parsed as EventRecord
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly),
    AccessKeyId: record.userIdentity.accessKeyId,
    EventTime: Date.parse(record.eventTime),
    EventSource: record.eventSource,
    Username: usernameOf(record.userIdentity),
    Resources: resourcesOf(parsed as Readonly<Record<string, unknown>>),
  }
}

/** The session of a role has the name of the session, not that of the role (recorded from AWS). */
function usernameOf({ type, arn, userName }: UserIdentity): string | undefined {
  if (type === 'Root') return 'root'
  if (type === 'AssumedRole' || type === 'FederatedUser') return arn?.split('/').at(-1)
  return userName
}

/** Returns the values of each attribute by which lookups find the event of a parsed record. */
export function eventAttributes(
  record: unknown,
): Readonly<Record<(typeof lookupKeys)[number], readonly (string | undefined)[]>> {
  const { EventId, EventName, ReadOnly, AccessKeyId, EventSource, Username, Resources } = factsOf(record)
  return {
    EventId: [EventId],
    EventName: [EventName],
    ReadOnly: [ReadOnly],
    AccessKeyId: [AccessKeyId],
    EventSource: [EventSource],
    Username: [Username],
    ResourceType: Resources.map(({ ResourceType: type }) => type),
    ResourceName: Resources.flatMap(({ ResourceName: name }) => [name, shortNameOf(name)]),
  }
}

/** The id in the ARN of a key, and the name in the ARN of an alias: people search for either. */
function shortNameOf(name: string): string {
  const resource = name.split(':').slice(5).join(':')
  return resource.startsWith('alias/') ? resource : resource.slice(resource.lastIndexOf('/') + 1)
}
