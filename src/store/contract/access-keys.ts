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

/** The last use of an access key, with the id of the access key. */
export interface AccessKeyLastUsedRecord extends AccessKeyLastUsed {
  readonly accessKeyId: string
}
