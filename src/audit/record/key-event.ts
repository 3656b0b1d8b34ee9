import { arnOf, keyResourceType, type ServiceKeyEvent } from '../../domain/index.ts'
import { type Millis, uuid } from '../../std/index.ts'
import { auditedResource } from './record.ts'
import { renderServiceEvent } from './service-event.ts'

/** An audit record that a transaction puts into the outbox and the log gets after the commit. */
export interface EventRecord {
  readonly eventId: string
  readonly recordedAt: Millis
  readonly line: string
}

/** The audit record of something that the service itself did to a key, such as a deletion that was due. */
export function recordKeyEvent(event: ServiceKeyEvent, time: Millis): EventRecord {
  const { key, eventName } = event
  const { accountId, region, keyId } = key
  const listed = event.kind === 'internal' ? (event.resources ?? [key]) : [key]
  const eventId = uuid()
  const line = renderServiceEvent({
    eventId,
    time,
    eventSource: 'kms.amazonaws.com',
    eventName,
    region,
    accountId,
    ...(event.kind === 'internal'
      ? { requestId: uuid(), responseElements: event.responseElements }
      : {
          serviceEventDetails: event.details && { keyId, ...event.details },
          additionalEventData: event.additionalEventData,
        }),
    resources: listed.map(item => auditedResource(item.accountId, keyResourceType, arnOf(item))),
  })
  return { eventId, recordedAt: time, line }
}
