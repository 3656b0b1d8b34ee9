import { LRUCache } from 'lru-cache'
import { ServiceError } from '../domain/index.ts'
import { CacheUse, growingTo } from '../std/index.ts'
import type { Reader, Store } from '../store/index.ts'
import { Credentials } from './access-keys/credentials.ts'
import { identityOfAccessKey } from './identity-reader.ts'

const cachedMax = 10_000
/** How often an identity is read at most: a change during a read makes one more read necessary. */
const readsMax = 100
const tooManyChanges = { reason: `identities changed during each of ${readsMax} reads` }

/** The parts that `Identities` works with. */
export interface IdentitiesOptions {
  readonly store: Store
  /** Decrypts the secret of an access key. */
  readonly unwrapSecret: (accessKeyId: string, wrapped: Uint8Array) => Buffer
}

/**
 * Finds the identity behind an access key. It caches the credentials, and drops them when a commit changes an identity
 * of their account.
 */
export class Identities {
  readonly #store: Store
  readonly #unwrapSecret: IdentitiesOptions['unwrapSecret']
  // An evicted entry is not wiped, because a request in flight may be using it.
  readonly #cache = new LRUCache<string, Credentials>(growingTo(cachedMax))
  readonly cacheUse = new CacheUse(() => this.#cache.size)
  #generation = 0

  constructor({ store, unwrapSecret }: IdentitiesOptions) {
    this.#store = store
    this.#unwrapSecret = unwrapSecret
    store.subscribe(change => {
      if (change.type === 'identity') this.#drop(change.accountId)
    })
  }

  /** Returns the cached credentials of an active access key; undefined if they are not cached. */
  findCached(accessKeyId: string): Credentials | undefined {
    const known = this.#cache.get(accessKeyId)
    if (known !== undefined) this.cacheUse.hits++
    return known
  }

  /** Finds the credentials of an active access key; undefined if the key is unknown or inactive. */
  async find(accessKeyId: string): Promise<Credentials | undefined> {
    this.cacheUse.misses++
    for (let reads = 1; ; reads++) {
      const generation = this.#generation
      const credentials = await this.#load(this.#store.reader, accessKeyId)
      // An identity read before a change must not be cached after it. An identity read during a change may mix both
      // states: the old user with the new group.
      if (generation === this.#generation) {
        if (credentials !== undefined) this.#cache.set(accessKeyId, credentials)
        return credentials
      }
      credentials?.wipe()
      if (reads >= readsMax) throw new ServiceError('ServiceUnavailableException', undefined, tooManyChanges)
    }
  }

  /** Wipes and drops the cached credentials. */
  close(): void {
    for (const credentials of this.#cache.values()) credentials.wipe()
    this.#cache.clear()
  }

  async #load(reader: Reader, accessKeyId: string): Promise<Credentials | undefined> {
    const accessKey = await reader.accessKeys.find(accessKeyId)
    if (accessKey === undefined || !accessKey.isActive) return undefined
    const identity = await identityOfAccessKey(reader, accessKey)
    if (identity === undefined) return undefined
    return new Credentials(accessKey, this.#unwrapSecret(accessKeyId, accessKey.wrappedSecret), identity)
  }

  #drop(accountId: string): void {
    this.#generation++
    for (const [accessKeyId, credentials] of this.#cache) {
      if (credentials.accountId === accountId) this.#cache.delete(accessKeyId)
    }
  }
}
