import type { CustomKeyStore, Page, PageRequest, Scope } from '../../domain/index.ts'

// The contract for custom key stores. Each is read and written whole.

export interface CustomKeyStoreReader {
  find(scope: Scope, customKeyStoreId: string): Promise<CustomKeyStore | undefined>
  findByName(scope: Scope, name: string): Promise<CustomKeyStore | undefined>
  /** Returns the custom key stores of a scope, by id, ascending. */
  list(scope: Scope, page: PageRequest): Promise<Page<CustomKeyStore>>
  /** Returns the custom key stores of all scopes. */
  listAll(): Promise<CustomKeyStore[]>
  /** Whether a key is in a custom key store, whatever its state. */
  hasKeys(store: CustomKeyStore): Promise<boolean>
  /** Whether a key in a custom key store works with an external key, whatever its state. */
  hasExternalKey(store: CustomKeyStore, xksKeyId: string): Promise<boolean>
}

export interface CustomKeyStoreWriter extends CustomKeyStoreReader {
  /** Throws if the scope has a custom key store with this id or this name. */
  insert(store: CustomKeyStore): Promise<void>
  /** Replaces all of a custom key store, which is known by its scope and id.  */
  update(store: CustomKeyStore): Promise<void>
  /** Throws if a key is in the custom key store. */
  delete(store: CustomKeyStore): Promise<void>
}
