import type { Alias, Page, PageRequest, Scope } from '../../domain/index.ts'

// The contract for the aliases of KMS keys.

export interface AliasReader {
  find(scope: Scope, aliasName: string): Promise<Alias | undefined>
  /** Returns aliases by name, ascending; only those of one key if `targetKeyId` is given. */
  list(scope: Scope, targetKeyId: string | undefined, page: PageRequest): Promise<Page<Alias>>
  /** Counts the aliases of a key. */
  count(scope: Scope, targetKeyId: string): Promise<number>
}

export interface AliasWriter extends AliasReader {
  insert(alias: Alias): Promise<void>
  /** Replaces the target of an alias. */
  update(alias: Alias): Promise<void>
  delete(scope: Scope, aliasName: string): Promise<void>
}
