import type { CustomKeyStoreId, KeyTokenBinding, Page, PageRequest, Scope } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'

// The contract for keys that are in the HSMs of a cluster: what is still to be done in the HSMs, and how often each key may have
// encrypted.

export interface TokenKeyReader {
  /** Returns the tasks of all scopes. */
  listTasks(): Promise<TokenKeyTask[]>
  findTask(scope: Scope, keyId: string): Promise<TokenKeyTask | undefined>
  /** Returns the number of encryptions that were granted to a key material; 0 if none were. */
  countOf(binding: TokenKeyName): Promise<number>
  /** Returns the keys in a custom key store, whatever their state, by key id. */
  listKeys(store: CustomKeyStoreId, page: PageRequest): Promise<Page<TokenKey>>
}

export interface TokenKeyWriter extends TokenKeyReader {
  /** Inserts a task, or replaces the one of the same key. */
  putTask(task: TokenKeyTask): Promise<void>
  /** Deletes the task of a key, if it is of this kind. Returns whether there was one. */
  deleteTask(task: Pick<TokenKeyTask, 'accountId' | 'region' | 'keyId' | 'task'>): Promise<boolean>
  /** Sets the number of encryptions that are granted to a key material; 0 removes the count. The counts of a key go with the key. */
  setCount(binding: TokenKeyName, granted: number): Promise<void>
}

/** The name of a key material in HSMs. */
export type TokenKeyName = Omit<KeyTokenBinding, 'keySpec'>

/** A change of the HSMs of a cluster that has begun. It is stored before the first HSM is changed. */
export interface TokenKeyTask extends TokenKeyName {
  readonly customKeyStoreId: string
  /** `make`: the key is made, and must go again unless it is stored soon. `destroy`: the key was deleted. */
  readonly task: 'make' | 'destroy'
  readonly since: Millis
  /** Whether the audit log has the record of the outcome. */
  readonly isRecorded: boolean
}

/** A key in the HSMs of a cluster. */
export interface TokenKey {
  readonly arn: string
  readonly binding: KeyTokenBinding
  readonly keyToken: Uint8Array
}
