import { uuid } from '../../std/index.ts'
import type { EventRecord } from './key-event.ts'
import { renderServiceEvent, type ServiceEvent } from './service-event.ts'

/** An event of the audit log itself, such as the deletion of a file. */
export type LogEvent = Pick<ServiceEvent, 'eventId' | 'time' | 'eventName' | 'region' | 'accountId'> &
  Required<Pick<ServiceEvent, 'serviceEventDetails'>>

/** Returns the record of an event of the log itself. It has no recipient, so it is in the durable log alone. */
export function renderLogEvent(event: LogEvent): string {
  return renderServiceEvent({ ...event, eventSource: 'keyward', resources: [], hasRecipient: false })
}

/** The audit record of an event of the server itself, to put into the outbox in the transaction of its change. */
export function recordLogEvent(event: Omit<LogEvent, 'eventId'>): EventRecord {
  const eventId = uuid()
  return { eventId, recordedAt: event.time, line: renderLogEvent({ ...event, eventId }) }
}
