import { LRUCache } from 'lru-cache'
import { ServiceError } from '../domain/index.ts'
import type { Reader, Store } from '../store/index.ts'
import { Credentials } from './access-keys/credentials.ts'
import { identityOfAccessKey } from './identity-reader.ts'

const cachedMax = 10_000
/** How often an identity is read anew because identities have changed meanwhile. */
const readsMax = 100
const tooManyChanges = { reason: `identities changed during each of ${readsMax} reads` }

export interface IdentitiesOptions {
  readonly store: Store
  /** Opens the secret of an access key. */
  readonly unwrapSecret: (accessKeyId: string, wrapped: Uint8Array) => Buffer
}

/** Who stands behind an access key. Cached, and dropped when a commit changes the user or its keys. */
export class Identities {
  readonly #store: Store
  readonly #unwrapSecret: IdentitiesOptions['unwrapSecret']
  // No wiping on eviction: a request in flight may be using the entry.
  readonly #cache = new LRUCache<string, Credentials>({ max: cachedMax })
  #generation = 0

  constructor({ store, unwrapSecret }: IdentitiesOptions) {
    this.#store = store
    this.#unwrapSecret = unwrapSecret
    store.subscribe(change => {
      if (change.type === 'identity') this.#drop(change.accountId)
    })
  }

  /** The credentials of an active access key, without waiting, where they are cached. */
  findCached(accessKeyId: string): Credentials | undefined {
    return this.#cache.get(accessKeyId)
  }

  /** The credentials of an active access key; undefined for one that is unknown or inactive. */
  async find(accessKeyId: string): Promise<Credentials | undefined> {
    for (let reads = 1; ; reads++) {
      const generation = this.#generation
      const credentials = await this.#load(this.#store.reader, accessKeyId)
      // What was read before a change must not be cached after it, and what was read around one may be of both sides: a
      // user as it was, a group as it is.
      if (generation === this.#generation) {
        if (credentials !== undefined) this.#cache.set(accessKeyId, credentials)
        return credentials
      }
      credentials?.wipe()
      if (reads >= readsMax) throw new ServiceError('ServiceUnavailableException', undefined, tooManyChanges)
    }
  }

  close(): void {
    for (const credentials of this.#cache.values()) credentials.wipe()
    this.#cache.clear()
  }

  async #load(reader: Reader, accessKeyId: string): Promise<Credentials | undefined> {
    const accessKey = await reader.findAccessKey(accessKeyId)
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
