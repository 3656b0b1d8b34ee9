import { LRUCache } from 'lru-cache'
import { keyStoreIdOf, type Scope } from '../domain/index.ts'
import type { Hsm } from '../hsm/index.ts'
import { CacheUse, type Eventual, growingTo } from '../std/index.ts'
import type { Change, Reader, Store } from '../store/index.ts'
import { type ResolvedKey, readResolvedKey } from './resolved-key.ts'

type Maybe<T> = Eventual<T | undefined>

/**
 * Finds keys and the targets of aliases; returns them at once if they are in memory, so that no call waits without
 * need.
 */
export interface KeyLookup {
  findKey(scope: Scope, keyId: string): Maybe<ResolvedKey>
  /** Returns the id of the key that an alias points to. */
  findAliasTarget(scope: Scope, aliasName: string): Maybe<string>
}

/** Finds keys and aliases inside a transaction, with the changes that it has made so far. */
export class TransactionLookup implements KeyLookup {
  readonly #reader: Reader

  constructor(reader: Reader) {
    this.#reader = reader
  }

  findKey(scope: Scope, keyId: string): Promise<ResolvedKey | undefined> {
    return readResolvedKey(this.#reader, scope, keyId)
  }

  async findAliasTarget(scope: Scope, aliasName: string): Promise<string | undefined> {
    return (await this.#reader.aliases.find(scope, aliasName))?.targetKeyId
  }
}

const cachedKeysMax = 50_000
const cachedAliasesMax = 100_000

/**
 * The keys and aliases in use, in memory: the request path of cryptographic operations touches no database. A commit
 * that changes a key or an alias drops it here before the change is answered.
 */
export class CachedLookup implements KeyLookup {
  readonly #store: Store
  readonly #hsm: Hsm
  readonly #keys = new LRUCache<string, ResolvedKey>(growingTo(cachedKeysMax))
  readonly #aliases = new LRUCache<string, string>(growingTo(cachedAliasesMax))
  readonly keyCache = new CacheUse(() => this.#keys.size)
  readonly aliasCache = new CacheUse(() => this.#aliases.size)
  #generation = 0

  constructor(store: Store, hsm: Hsm) {
    this.#store = store
    this.#hsm = hsm
    store.subscribe(change => this.#drop(change))
  }

  findKey(scope: Scope, keyId: string): Maybe<ResolvedKey> {
    const known = this.#keys.get(cacheKey(scope, keyId))
    if (known === undefined) return this.#loadKey(scope, keyId)
    this.keyCache.hits++
    return known
  }

  findAliasTarget(scope: Scope, aliasName: string): Maybe<string> {
    const known = this.#aliases.get(cacheKey(scope, aliasName))
    if (known === undefined) return this.#loadAlias(scope, aliasName)
    this.aliasCache.hits++
    return known
  }

  async #loadKey(scope: Scope, keyId: string): Promise<ResolvedKey | undefined> {
    this.keyCache.misses++
    const generation = this.#generation
    const resolved = await readResolvedKey(this.#store.reader, scope, keyId)
    if (resolved === undefined) return undefined
    // A value that was read before a change must not be cached after it.
    if (generation === this.#generation) this.#keys.set(cacheKey(scope, keyId), resolved)
    return resolved
  }

  async #loadAlias(scope: Scope, aliasName: string): Promise<string | undefined> {
    this.aliasCache.misses++
    const generation = this.#generation
    const alias = await this.#store.reader.aliases.find(scope, aliasName)
    if (alias === undefined) return undefined
    if (generation === this.#generation) this.#aliases.set(cacheKey(scope, aliasName), alias.targetKeyId)
    return alias.targetKeyId
  }

  #drop(change: Change): void {
    this.#generation++
    if (change.type === 'alias') {
      this.#aliases.delete(cacheKey(change.scope, change.aliasName))
      // Conditions of policies can test the aliases of a key.
      for (const keyId of change.keyIds) this.#keys.delete(cacheKey(change.scope, keyId))
    }
    if (change.type === 'customKeyStore') this.#dropKeysIn(change)
    if (change.type === 'key') {
      this.#keys.delete(cacheKey(change.scope, change.keyId))
      this.#hsm.forget(change.scope, change.keyId)
    }
  }

  /** Drops the keys in a custom key store, because its connection state is theirs. */
  #dropKeysIn({ scope, customKeyStoreId }: Change & { readonly type: 'customKeyStore' }): void {
    for (const [name, { key }] of this.#keys)
      if (keyStoreIdOf(key) === customKeyStoreId && key.region === scope.region) this.#keys.delete(name)
  }
}

function cacheKey({ region, accountId }: Scope, name: string): string {
  return `${region}/${accountId}/${name}`
}
