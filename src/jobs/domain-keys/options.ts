import { type EventRecord, recordLogEvent } from '../../audit/index.ts'
import type { RootSealer } from '../../hsm/index.ts'
import type { Json, Millis } from '../../std/index.ts'
import type { JobOptions } from '../job.ts'

/** Everything that changes of domain keys need. */
export interface DomainKeyOptions extends JobOptions {
  /** Returns the root key of the moment. A change of the root key replaces it. */
  readonly rootKey: () => RootSealer
  /** The first Region and the default account of the server, for the records. */
  readonly region: string
  readonly accountId: string
}

/** Returns the audit record of a change of domain keys, for the outbox. */
export function recordChange(
  { region, accountId }: DomainKeyOptions,
  eventName: 'RotateDomainKeys' | 'DestroyDomainKey',
  time: Millis,
  serviceEventDetails: { readonly [name: string]: Json },
): EventRecord {
  return recordLogEvent({ time, eventName, region, accountId, serviceEventDetails })
}
