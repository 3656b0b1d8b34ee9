import type { StoredDomainKey } from './server.ts'

// The contract for the authenticity of the whole database. Every entity has a MAC, and every domain has a state: the
// number of commits that changed the domain, and a digest of the set of its entities.

/** The number of commits that changed each domain, such as `{ global: 12, 'us-east-1': 40 }`. */
export type CommitCounts = Readonly<Record<string, number>>

/** Checks and counts what the MACs of a database cover as a whole. */
export interface Integrity {
  /** Returns the commit counts as of the last commit. */
  commitCounts(): CommitCounts
  /**
   * Compares the digest of each domain with the MACs that the database has now. Returns the domains in which entities were
   * added, removed, or replaced by older ones. It does not check the entities themselves.
   */
  findAlteredDomains(): Promise<string[]>
  /** Checks every entity and every state, and reports each fault. Returns the number of entities. */
  verify(report: VerificationReport): Promise<number>
  /** Makes the MACs of a database from before MACs, and replaces the records of its domain keys, in one transaction. */
  upgrade(domainKeys: readonly StoredDomainKey[]): Promise<void>
  /** Raises the commit counts of domains to at least these, so that a restored database is no longer an old one. */
  raiseCommitCounts(counts: CommitCounts): Promise<void>
}

/** Receives the faults and the progress of a verification. */
export interface VerificationReport {
  /** Receives the text of a fault, without a full stop at its end. */
  fault(text: string): void
  /** Called from time to time with the number of entities that are checked, and the number of all. */
  progress(checked: number, of: number): void
}
