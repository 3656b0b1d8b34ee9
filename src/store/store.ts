import type {
  AccessKey,
  Alias,
  KeyMaterial,
  KeyRecord,
  KmsKey,
  NamedPolicy,
  Page,
  PageRequest,
  Scope,
  Tag,
  User,
} from '../domain/index.ts'
import type { Millis } from '../std/index.ts'

/**
 * Durable state. The comments here are the contract; store.test.ts holds every implementation to it.
 *
 * - What `write` resolved is on disk: it survives the loss of power.
 * - A transaction sees all committed before it began and nothing of others in flight.
 * - The function given to `write` may be run again after a conflict, so its only effects go through its Writer.
 * - Listeners hear of each change after it is committed and before `write` resolves.
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
  | { readonly type: 'key'; readonly scope: Scope; readonly keyId: string }
  | { readonly type: 'alias'; readonly scope: Scope; readonly aliasName: string }
  | { readonly type: 'identity'; readonly accountId: string; readonly userName: string | undefined }

export interface Reader {
  findKey(scope: Scope, keyId: string): Promise<KeyRecord | undefined>
  /** Ids in ascending order. */
  listKeyIds(scope: Scope, page: PageRequest): Promise<Page<string>>
  countKeys(scope: Scope): Promise<number>
  /** Keys of all scopes whose deletion date has come; the earliest first. */
  listKeysDueForDeletion(now: Millis, limit: number): Promise<KmsKey[]>

  findAlias(scope: Scope, aliasName: string): Promise<Alias | undefined>
  /** By name, ascending; of one key where `targetKeyId` is given. */
  listAliases(scope: Scope, targetKeyId: string | undefined, page: PageRequest): Promise<Page<Alias>>
  countAliases(scope: Scope, targetKeyId: string): Promise<number>

  /** By tag key, ascending. */
  listTags(scope: Scope, keyId: string, page: PageRequest): Promise<Page<Tag>>
  countTags(scope: Scope, keyId: string): Promise<number>

  hasAccount(accountId: string): Promise<boolean>
  /** The oldest first. */
  listAccountIds(): Promise<string[]>
  findUser(accountId: string, userName: string): Promise<User | undefined>
  findAccessKey(accessKeyId: string): Promise<AccessKey | undefined>

  listDomainKeys(): Promise<StoredDomainKey[]>
  /** Records of committed changes that may not have reached the audit log yet, oldest first. */
  listAuditOutbox(): Promise<OutboxRecord[]>
  /** The digest under which a seed entry was last applied. */
  findSeedDigest(entry: string): Promise<string | undefined>
}

export interface Writer extends Reader {
  /** Fails where the scope has a key of this id. */
  insertKey(record: KeyRecord): Promise<void>
  /** Replaces what may change of a key: state, description, deletion date, current key material. */
  updateKey(key: KmsKey): Promise<void>
  setKeyPolicy(scope: Scope, keyId: string, policy: string): Promise<void>
  insertKeyMaterial(scope: Scope, keyId: string, material: KeyMaterial): Promise<void>
  /** Removes the key with its key materials, aliases and tags. */
  deleteKey(scope: Scope, keyId: string): Promise<void>

  insertAlias(alias: Alias): Promise<void>
  /** Replaces the target of an alias. */
  updateAlias(alias: Alias): Promise<void>
  deleteAlias(scope: Scope, aliasName: string): Promise<void>

  /** Adds tags or replaces their values. */
  putTags(scope: Scope, keyId: string, tags: readonly Tag[]): Promise<void>
  /** Tag keys that are not there are passed over. */
  deleteTags(scope: Scope, keyId: string, tagKeys: readonly string[]): Promise<void>

  insertAccount(accountId: string, createdAt: Millis): Promise<void>
  insertUser(user: User): Promise<void>
  /** Replaces all policies of a user. */
  setUserPolicies(accountId: string, userName: string, policies: readonly NamedPolicy[]): Promise<void>
  insertAccessKey(accessKey: AccessKey): Promise<void>

  insertDomainKey(domainKey: StoredDomainKey): Promise<void>
  insertAuditRecord(record: OutboxRecord): Promise<void>
  deleteAuditRecords(eventIds: readonly string[]): Promise<void>
  putSeedDigest(entry: string, digest: string): Promise<void>
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
