import { recordLogEvent } from '../../../audit/index.ts'
import type { Json } from '../../../std/index.ts'
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
  const region = config.regions[0] ?? ''
  return recordLogEvent({ time: clock.now(), eventName, region, accountId, serviceEventDetails })
}
