import { renderLogEvent } from '../../../audit/index.ts'
import { type Json, uuid } from '../../../std/index.ts'
import type { OutboxRecord } from '../../../store/index.ts'
import type { Base } from '../base.ts'
import type { State } from '../state.ts'

/** Returns the record of an event of the server itself, for the outbox of the transaction that makes it true. */
export function ownEvent(
  { clock, config }: Base,
  { accountId }: State,
  eventName: string,
  serviceEventDetails: { readonly [name: string]: Json },
): OutboxRecord {
  const eventId = uuid()
  const time = clock.now()
  const region = config.regions[0] ?? ''
  const line = renderLogEvent({ eventId, time, eventName, region, accountId, serviceEventDetails })
  return { eventId, recordedAt: time, line }
}
