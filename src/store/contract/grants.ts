import type { Grant, GrantParty, Page, PageRequest, Scope } from '../../domain/index.ts'

// The contract for grants.

export interface GrantReader {
  find(scope: Scope, keyId: string, grantId: string): Promise<Grant | undefined>
  /** Returns the grants of a key by id, ascending. */
  list(scope: Scope, keyId: string, filter: GrantFilter, page: PageRequest): Promise<Page<Grant>>
  /** Returns the grants in a Region, of all accounts, that have this retiring principal; by id, ascending. */
  listRetirable(region: string, retiring: GrantParty, page: PageRequest): Promise<Page<Grant>>
  /** Counts the grants of a key. */
  count(scope: Scope, keyId: string): Promise<number>
}

export interface GrantWriter extends GrantReader {
  insert(grant: Grant): Promise<void>
  delete(grant: Grant): Promise<void>
}

/** Conditions on the grants to list; a grant must meet all that are given. */
export interface GrantFilter {
  readonly grantId?: string | undefined
  readonly grantee?: GrantParty | undefined
  /** A name need not be unique. */
  readonly name?: string | undefined
}
