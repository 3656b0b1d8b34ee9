import type { Millis } from '../../std/index.ts'

// The contract for the server's own rows: its accounts, domain keys, audit outbox and applied seed entries.

export interface AccountReader {
  has(accountId: string): Promise<boolean>
  /** Returns account ids, the oldest account first. */
  listIds(): Promise<string[]>
}

export interface AccountWriter extends AccountReader {
  insert(accountId: string, createdAt: Millis): Promise<void>
}

export interface DomainKeyReader {
  list(): Promise<StoredDomainKey[]>
}

export interface DomainKeyWriter extends DomainKeyReader {
  insert(domainKey: StoredDomainKey): Promise<void>
  /** Replaces everything of a domain key except its domain. */
  update(domainKey: StoredDomainKey): Promise<void>
  delete(domainKeyId: string): Promise<void>
  /** Makes sure that bytes, such as replaced records, are in none of the database's files once `write` has resolved. */
  erase(bytes: readonly Uint8Array[]): void
  /** Inserts or replaces the records of a change, deletes those that it removes, and erases the replaced bytes. */
  change(change: StoredDomainKeyChange): Promise<void>
}

export interface RootKeyReader {
  /** Returns the envelope of the root key; undefined if the root key is in a file and was never changed. */
  find(): Promise<string | undefined>
}

export interface RootKeyWriter extends RootKeyReader {
  put(envelope: string): Promise<void>
}

export interface OutboxReader {
  /** Returns the audit records of committed changes that may not have reached the audit log yet, the oldest first. */
  list(): Promise<OutboxRecord[]>
}

export interface OutboxWriter extends OutboxReader {
  insert(record: OutboxRecord): Promise<void>
  /** Removes records, and skips event ids that the outbox does not have. */
  delete(eventIds: readonly string[]): Promise<void>
}

export interface SeedEntryReader {
  /** Returns the digest under which a seed entry was last applied. */
  findDigest(entry: string): Promise<string | undefined>
}

export interface SeedEntryWriter extends SeedEntryReader {
  putDigest(entry: string, digest: string): Promise<void>
}

/** A domain key, wrapped by the root key. The record of a domain key from before rotation has no version and no state. */
export interface StoredDomainKey {
  readonly domainKeyId: string
  readonly domain: string
  readonly wrapped: Uint8Array
  readonly version: number | null
  readonly state: 'current' | 'retiring' | null
  readonly createdAt: Millis | null
}

/** A change of domain keys, as the HSM makes it. */
export interface StoredDomainKeyChange {
  readonly put: readonly StoredDomainKey[]
  /** Ids of domain keys. */
  readonly removed: readonly string[]
  /** The bytes of replaced and removed records. */
  readonly erased: readonly Uint8Array[]
}

/** An audit record, committed together with the change that it records. */
export interface OutboxRecord {
  readonly eventId: string
  readonly recordedAt: Millis
  /** The record as the log will have it, without the line end. */
  readonly line: string
}
