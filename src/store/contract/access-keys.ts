import type { AccessKey, AccessKeyLastUsed } from '../../domain/index.ts'

// The contract for access keys: those of users, account roots and services, and temporary ones.

export interface AccessKeyReader {
  find(accessKeyId: string): Promise<AccessKey | undefined>
  /** Returns the long-term access keys of a user, or of the account root if no user is named; the oldest first. */
  list(accountId: string, userName: string | undefined): Promise<AccessKey[]>
}

export interface AccessKeyWriter extends AccessKeyReader {
  insert(accessKey: AccessKey): Promise<void>
  /** Replaces whether the access key is active, and nothing else. */
  update(accessKey: AccessKey): Promise<void>
  delete(accessKey: AccessKey): Promise<void>
  /** Replaces the last uses of access keys, and skips access keys that no longer exist. */
  putLastUsed(uses: readonly AccessKeyLastUsedRecord[]): Promise<void>
}

/** Reads access keys without the keys that verify them. An answer proves nothing. */
export interface UnverifiedAccessKeyReader {
  findUnverified(accessKeyId: string): Promise<UnverifiedAccessKey | undefined>
}

/** The facts of an access key that were not verified. */
export interface UnverifiedAccessKey {
  readonly accountId: string
  readonly isActive: boolean
  /** Undefined for the key of an account root or of a service. */
  readonly userName: string | undefined
  /** The unique id of the user; undefined if there is no user. */
  readonly userId: string | undefined
}

/** The last use of an access key, with the id of the access key. */
export interface AccessKeyLastUsedRecord extends AccessKeyLastUsed {
  readonly accessKeyId: string
}
