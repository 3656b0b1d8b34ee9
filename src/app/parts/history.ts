import type { EventPage, EventQuery } from '../../audit/index.ts'
import type { State } from './state.ts'

/** The records of the audit log, for the accounts that they belong to. */
export interface History {
  /** Finds records of one account in one Region. The answer has each record that was written before. */
  lookup(query: Omit<EventQuery, 'durable'>): Promise<EventPage>
}

/** Opens the history, which the thread behind the audit log reads. */
export function openHistory({ auditLog, follower }: Pick<State, 'auditLog' | 'follower'>): History {
  return { lookup: query => follower.ask('lookup', { ...query, durable: auditLog.position }) }
}
