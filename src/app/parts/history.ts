import type { EventPage, EventQuery } from '../../audit/index.ts'
import type { Base } from './base.ts'
import type { State } from './state.ts'

/** The history of an account has the records of this time (CloudTrail user guide, "Viewing event history"). */
const historyMillis = 90 * 86_400_000

/** The records of the last 90 days, for the accounts that they belong to. */
export interface History {
  /** Finds records of one account in one Region. The answer has each record that was written before. */
  lookup(query: Omit<EventQuery, 'durable'>): Promise<EventPage>
}

/** Opens the history, which is read by the thread behind the audit log. */
export function openHistory(
  { clock }: Pick<Base, 'clock'>,
  { auditLog, follower }: Pick<State, 'auditLog' | 'follower'>,
): History {
  return {
    lookup(query) {
      const from = Math.max(query.from, clock.now() - historyMillis)
      return follower.ask('lookup', { ...query, from, durable: auditLog.position })
    },
  }
}
