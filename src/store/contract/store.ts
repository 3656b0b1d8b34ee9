import type {
  Alias,
  Grant,
  GrantParty,
  KeyMaterial,
  KeyRecord,
  KmsKey,
  Page,
  PageRequest,
  Scope,
  Tag,
} from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { IamReader, IamWriter } from './iam-store.ts'

/**
 * Durable state. The comments here are the contract; store.test.ts holds every implementation to it.
 *
 * - What `write` resolved is on disk: it survives the loss of power.
 * - A transaction sees all committed before it began and nothing of others in flight.
 * - The function given to `write` may be run again after a conflict, so its only effects go through its Writer.
 * - Listeners hear of each change after it is committed and before `write` resolves.
 * - What was deleted or replaced of key materials is in none of the database's files once `write` has resolved.
 * - Every row of a key, alias or tag belongs to a scope, and no method reaches across scopes except where it says so.
 */
export interface Store {
  /** Reads what is committed, each call by itself. */
  readonly reader: Reader
  /** Runs `work` in one transaction: committed when it resolves, undone when it throws. */
  write<T>(work: (writer: Writer) => Promise<T>): Promise<T>
  /** Calls `listener` for every committed change, in order of commits. */
  subscribe(listener: (change: Change) => void): void
  close(): Promise<void>
}

/** What a commit changed; whoever caches it drops it. */
export type Change =
  | { readonly type: 'key'; readonly scope: Scope; readonly keyId: string; readonly isGone?: boolean }
  | { readonly type: 'grant'; readonly grant: Grant; readonly isGone: boolean }
  /** `keyIds` are the keys that the alias pointed to before and points to now. */
  | {
      readonly type: 'alias'
      readonly scope: Scope
      readonly aliasName: string
      readonly keyIds: readonly string[]
    }
  /** A user and its access keys; all identities of the account where no user is named. */
  | { readonly type: 'identity'; readonly accountId: string; readonly userName: string | undefined }

export interface Reader extends IamReader {
  findKey(scope: Scope, keyId: string): Promise<KeyRecord | undefined>
  /** Ids in ascending order. */
  listKeyIds(scope: Scope, page: PageRequest): Promise<Page<string>>
  /** Without those that AWS services have in the account. */
  countKeys(scope: Scope): Promise<number>
  /** The same key in all regions that have it: one, or the members of a multi-Region key, the oldest first. */
  listMembers(accountId: string, keyId: string): Promise<KmsKey[]>
  /** Keys of all scopes for which something is due, the longest due first. */
  listDueKeys(what: DueEvent, now: Millis, limit: number): Promise<KmsKey[]>
  /** The last recorded use of a key. */
  findKeyUsage(scope: Scope, keyId: string): Promise<KeyUsageRecord | undefined>

  findGrant(scope: Scope, keyId: string, grantId: string): Promise<Grant | undefined>
  /** Grants of a key by this name; a name need not be unique. */
  listGrantsNamed(scope: Scope, keyId: string, name: string): Promise<Grant[]>
  /** Grants of a key whose grantee is one of these: principals by their ARNs, services by their names. */
  listGrantsTo(scope: Scope, keyId: string, granteeNames: readonly string[]): Promise<Grant[]>
  /** Grants of a key, by id, ascending. */
  listGrants(scope: Scope, keyId: string, filter: GrantFilter, page: PageRequest): Promise<Page<Grant>>
  /** Grants in a region, of whatever account, whose retiring principal is this one; by id, ascending. */
  listRetirableGrants(region: string, retiring: GrantParty, page: PageRequest): Promise<Page<Grant>>
  countGrants(scope: Scope, keyId: string): Promise<number>

  findAlias(scope: Scope, aliasName: string): Promise<Alias | undefined>
  /** By name, ascending; of one key where `targetKeyId` is given. */
  listAliases(scope: Scope, targetKeyId: string | undefined, page: PageRequest): Promise<Page<Alias>>
  countAliases(scope: Scope, targetKeyId: string): Promise<number>

  /** The tags and the names of the aliases of a key, as policies see them; both ascending. */
  findKeyLabels(scope: Scope, keyId: string): Promise<KeyLabels>

  /** By tag key, ascending. */
  listTags(scope: Scope, keyId: string, page: PageRequest): Promise<Page<Tag>>
  countTags(scope: Scope, keyId: string): Promise<number>

  hasAccount(accountId: string): Promise<boolean>
  /** The oldest first. */
  listAccountIds(): Promise<string[]>

  listDomainKeys(): Promise<StoredDomainKey[]>
  /** Records of committed changes that may not have reached the audit log yet, oldest first. */
  listAuditOutbox(): Promise<OutboxRecord[]>
  /** The digest under which a seed entry was last applied. */
  findSeedDigest(entry: string): Promise<string | undefined>
}

export interface Writer extends Reader, IamWriter {
  /** Fails where the scope has a key of this id. */
  insertKey(record: KeyRecord): Promise<void>
  /** Replaces what may change of a key: not its id, spec, usage, origin and creation date. */
  updateKey(key: KmsKey): Promise<void>
  setKeyPolicy(scope: Scope, keyId: string, policy: string): Promise<void>
  /** Adds a key material, or replaces what may change of it. */
  putKeyMaterial(scope: Scope, keyId: string, material: KeyMaterial): Promise<void>
  deleteKeyMaterial(scope: Scope, keyId: string, keyMaterialId: string): Promise<void>
  /** Removes the key with its key materials, aliases, tags, grants and last use. */
  deleteKey(scope: Scope, keyId: string): Promise<void>
  /** Replaces the last use of keys; keys that are no longer there are passed over. */
  putKeyUsages(usages: readonly KeyUsageRecord[]): Promise<void>

  insertGrant(grant: Grant): Promise<void>
  deleteGrant(grant: Grant): Promise<void>

  insertAlias(alias: Alias): Promise<void>
  /** Replaces the target of an alias. */
  updateAlias(alias: Alias): Promise<void>
  deleteAlias(scope: Scope, aliasName: string): Promise<void>

  /** Adds tags or replaces their values. */
  putTags(scope: Scope, keyId: string, tags: readonly Tag[]): Promise<void>
  /** Tag keys that are not there are passed over. */
  deleteTags(scope: Scope, keyId: string, tagKeys: readonly string[]): Promise<void>

  insertAccount(accountId: string, createdAt: Millis): Promise<void>

  insertDomainKey(domainKey: StoredDomainKey): Promise<void>
  insertAuditRecord(record: OutboxRecord): Promise<void>
  deleteAuditRecords(eventIds: readonly string[]): Promise<void>
  putSeedDigest(entry: string, digest: string): Promise<void>
}

/** What tells keys apart besides their ids, and may be used to decide about them. */
export interface KeyLabels {
  readonly tags: readonly Tag[]
  readonly aliasNames: readonly string[]
}

/** What time does to keys by itself. */
export type DueEvent = 'deletion' | 'rotation' | 'expiry' | 'transition'

/** Grants with all of these. */
export interface GrantFilter {
  readonly grantId?: string | undefined
  readonly grantee?: GrantParty | undefined
}

/** The last successful cryptographic operation with a key. */
export interface KeyUsageRecord {
  readonly scope: Scope
  readonly keyId: string
  readonly operation: string
  readonly usedAt: Millis
  readonly eventId: string
  readonly requestId: string
}

export interface StoredDomainKey {
  readonly domainKeyId: string
  readonly domain: string
  readonly wrapped: Uint8Array
}

/** An audit record committed together with the change it tells of. */
export interface OutboxRecord {
  readonly eventId: string
  readonly recordedAt: Millis
  /** The record as it will stand in the log, without the line end. */
  readonly line: string
}
