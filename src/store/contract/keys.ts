import type { KeyMaterial, KeyRecord, KmsKey, Page, PageRequest, Scope, Tag } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'

// The contract for KMS keys: their records, key policies, key materials and last uses.

export interface KeyReader {
  find(scope: Scope, keyId: string): Promise<KeyRecord | undefined>
  /** Returns key ids in ascending order. */
  listIds(scope: Scope, page: PageRequest): Promise<Page<string>>
  /**
   * Walks the keys of a scope in an order, at most `limit` at a time. The rows are not verified, so they are enough to choose keys and
   * never enough to show them or to decide by them.
   */
  scan(scope: Scope, walk: KeyWalk, limit: number): Promise<KeyLines>
  /** Counts the keys of a scope, without the AWS managed keys. */
  count(scope: Scope): Promise<number>
  /**
   * Returns the same key in all Regions that have it: one, or the members of a multi-Region key, the oldest first. Throws
   * DoesNotVerify if one of them does not verify, because what is done to a key is done to all its members.
   */
  listMembers(accountId: string, keyId: string): Promise<KmsKey[]>
  /** Returns keys of all scopes for which `what` is due, the longest due first; `limit` of them if there are as many. */
  listDue(what: DueEvent, now: Millis, limit: number): Promise<KmsKey[]>
  /**
   * Returns keys of all scopes whose imported key material expires after `now`, the next first, each with the time of its
   * next expiry; at most `limit` of them. The work does not grow with the number of keys.
   */
  listNextExpiries(now: Millis, limit: number): Promise<NextExpiry[]>
  /** Returns the last recorded use of a key. */
  findUsage(scope: Scope, keyId: string): Promise<KeyUsageRecord | undefined>
  /** Returns the tags and the alias names of a key, as policies see them; both ascending. */
  findLabels(scope: Scope, keyId: string): Promise<KeyLabels>
}

/** The orders in which keys are walked. A key without an alias comes after all others in the order of aliases, in both directions. */
export type KeyOrder = 'alias' | 'keyId' | 'createdAt' | 'keySpec'

/** A walk over keys: its order, and the place behind which it goes on. */
export interface KeyWalk {
  readonly order: KeyOrder
  readonly isDescending: boolean
  readonly after: KeyPlace | undefined
}

/** The place of a key in an order: the value that it is ordered by, which is null for a key without an alias, and its id. */
export interface KeyPlace {
  readonly value: string | number | null
  readonly keyId: string
}

/** Some keys of a walk. */
export interface KeyLines {
  readonly lines: readonly KeyLine[]
  /** The rows that were read for them, which can be more: a key with several aliases has several places. */
  readonly examined: number
  /** The place behind which the walk goes on; undefined at its end. */
  readonly next: KeyPlace | undefined
}

/** The facts that the rows have of a key. */
export interface KeyLine
  extends Pick<
    KmsKey,
    'keyId' | 'keySpec' | 'keyUsage' | 'origin' | 'keyState' | 'keyManager' | 'description' | 'createdAt'
  > {
  readonly isMultiRegion: boolean
  readonly customKeyStoreId: string | undefined
  readonly aliasNames: readonly string[]
  readonly tags: readonly Tag[]
  readonly place: KeyPlace
}

export interface KeyWriter extends KeyReader {
  /** Throws if the scope has a key with this id. */
  insert(record: KeyRecord): Promise<void>
  /** Replaces all of a key that can change: everything except its id, spec, usage, origin and creation date. */
  update(key: KmsKey): Promise<void>
  setPolicy(scope: Scope, keyId: string, policy: string): Promise<void>
  /** Adds a key material, or replaces the parts of it that can change. */
  putMaterial(scope: Scope, keyId: string, material: KeyMaterial): Promise<void>
  deleteMaterial(scope: Scope, keyId: string, keyMaterialId: string): Promise<void>
  /** Removes the key with its key materials, aliases, tags, grants and last use. */
  delete(scope: Scope, keyId: string): Promise<void>
  /** Replaces the last uses of keys, and skips keys that no longer exist. */
  putUsages(usages: readonly KeyUsageRecord[]): Promise<void>
}

/** The attributes of a key besides its id that policies can decide by. */
export interface KeyLabels {
  readonly tags: readonly Tag[]
  readonly aliasNames: readonly string[]
}

/** A key with the time when the next of its imported key materials expires. */
export interface NextExpiry {
  readonly key: KmsKey
  readonly expiresAt: Millis
}

/** A change of a key that time alone brings about. */
export type DueEvent = 'deletion' | 'rotation' | 'expiry' | 'transition'

/** The last successful cryptographic operation with a key. */
export interface KeyUsageRecord {
  readonly scope: Scope
  readonly keyId: string
  readonly operation: string
  readonly usedAt: Millis
  readonly eventId: string
  readonly requestId: string
}
