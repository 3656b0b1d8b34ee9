import { type CustomKeyStore, customKeyStoreKey, type Scope } from '../../../domain/index.ts'
import type { Eventual } from '../../../std/index.ts'
import type { Change, Store } from '../../../store/index.ts'

const entriesMax = 1000

/**
 * The custom key stores in use, in memory: a call with a key outside reads no database. A commit that changes a custom key store drops it here
 * before the change is answered.
 */
export class StoredKeyStores {
  readonly #store: Store
  readonly #known = new Map<string, CustomKeyStore>()
  #generation = 0

  constructor(store: Store) {
    this.#store = store
    store.subscribe(change => this.#drop(change))
  }

  /** Finds a custom key store. It is the same object until it changes. */
  find(scope: Scope, customKeyStoreId: string): Eventual<CustomKeyStore | undefined> {
    return this.#known.get(keyOf(scope, customKeyStoreId)) ?? this.#load(scope, customKeyStoreId)
  }

  async #load(scope: Scope, customKeyStoreId: string): Promise<CustomKeyStore | undefined> {
    const generation = this.#generation
    const found = await this.#store.reader.customKeyStores.find(scope, customKeyStoreId)
    // A value that was read before a change must not be cached after it.
    if (found === undefined || generation !== this.#generation) return found
    if (this.#known.size >= entriesMax) this.#known.clear()
    this.#known.set(keyOf(scope, customKeyStoreId), found)
    return found
  }

  #drop(change: Change): void {
    if (change.type !== 'customKeyStore') return
    this.#generation++
    this.#known.delete(keyOf(change.scope, change.customKeyStoreId))
  }
}

const keyOf = ({ accountId, region }: Scope, customKeyStoreId: string) =>
  customKeyStoreKey({ accountId, region, customKeyStoreId })
