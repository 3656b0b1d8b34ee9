import type { Page, PageRequest, Scope, Tag } from '../../domain/index.ts'

// The contract for the tags of KMS keys.

export interface TagReader {
  /** Returns the tags of a key by tag key, ascending. */
  list(scope: Scope, keyId: string, page: PageRequest): Promise<Page<Tag>>
  count(scope: Scope, keyId: string): Promise<number>
}

export interface TagWriter extends TagReader {
  /** Adds tags, or replaces their values. */
  put(scope: Scope, keyId: string, tags: readonly Tag[]): Promise<void>
  /** Removes tags, and skips tag keys that the key does not have. */
  delete(scope: Scope, keyId: string, tagKeys: readonly string[]): Promise<void>
}
