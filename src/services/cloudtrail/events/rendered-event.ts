import { eventResources, eventUsername } from '../../../domain/index.ts'
import { list, parseJson, string, structure } from '../../../std/index.ts'
import { timeType } from '../wire/shapes.ts'

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

type UserIdentity = Readonly<Record<string, unknown>> & { readonly accessKeyId?: string }

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
    Username: eventUsername(record.userIdentity),
    Resources: eventResources(parsed as Readonly<Record<string, unknown>>),
  }
}
