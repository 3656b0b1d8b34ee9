import type { Millis } from '../../std/index.ts'

// The contract for re-wrapping: after a rotation of domain keys every token and MAC moves to the current domain key, some
// entities a commit, while the server works. There is one re-wrapping at a time, for one or more domains.

/** `rewrapping` goes through the tables, `checking` looks for what was missed, `waiting` keeps keys that others still need. */
export type RewrapPhase = 'rewrapping' | 'checking' | 'waiting'

/** A re-wrapping and its place. */
export interface RewrapProgress {
  readonly startedAt: Millis
  readonly domains: readonly string[]
  /** The ids of the domain keys that nothing may need in the end. */
  readonly retiringIds: readonly string[]
  readonly phase: RewrapPhase
  /** The table of the next entities; empty if none is left. */
  readonly table: string
  /** The primary key of the last entity of the table that is done; null at its beginning. */
  readonly after: readonly unknown[] | null
  /** The number of entities that are done. */
  readonly done: number
  readonly total: number
  /** The names of entities that do not verify, and so stay as they are. At most a hundred. */
  readonly broken: readonly string[]
}

/** Entities that need a domain key. */
export interface DomainKeyUses {
  /** The number of entities whose tokens or MACs name one of the domain keys, broken ones included. */
  readonly uses: number
  /** The number of those that verify, so that one more round re-wraps them. */
  readonly whole: number
  /** The names of those that do not verify. At most a hundred. */
  readonly broken: readonly string[]
}

/** The reads of the re-wrapping. */
export interface RewrapReader {
  /** Returns the re-wrapping under way. */
  find(): Promise<RewrapProgress | undefined>
  /** Counts the entities that need these domain keys, in pages that give way to other work. */
  countUses(domainKeyIds: readonly string[]): Promise<DomainKeyUses>
}

/** The reads and writes of the re-wrapping in one transaction. */
export interface RewrapWriter extends RewrapReader {
  /** Returns the beginning of a round through all tables, in phase `rewrapping`. It stores nothing. */
  begin(what: Pick<RewrapProgress, 'startedAt' | 'domains' | 'retiringIds'>): Promise<RewrapProgress>
  /** Stores a re-wrapping in the place of the one before. */
  put(progress: RewrapProgress): Promise<void>
  delete(): Promise<void>
  /**
   * Re-wraps at most `limit` entities of one table from the place on, in this transaction, and returns the place after them.
   * It stores no place. An entity that does not verify stays as it is.
   */
  step(progress: RewrapProgress, limit: number): Promise<RewrapProgress>
}
