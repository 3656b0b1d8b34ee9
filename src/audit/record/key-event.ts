import { arnOf, type KeyEvent, keyResourceType } from '../../domain/index.ts'
import { type Millis, uuid } from '../../std/index.ts'
import { auditedResource, renderServiceEvent } from './record.ts'

/** An audit record that a transaction puts into the outbox and the log gets after the commit. */
export interface EventRecord {
  readonly eventId: string
  readonly recordedAt: Millis
  readonly line: string
}

/** The audit record of something that the service itself did to a key, such as a deletion that was due. */
export function recordKeyEvent({ key, eventName, details }: KeyEvent, time: Millis): EventRecord {
  const { accountId, region, keyId } = key
  const eventId = uuid()
  const line = renderServiceEvent({
    eventId,
    time,
    eventSource: 'kms.amazonaws.com',
    eventName,
    region,
    accountId,
    serviceEventDetails: { keyId, ...details },
    resources: [auditedResource(accountId, keyResourceType, arnOf(key))],
  })
  return { eventId, recordedAt: time, line }
}
