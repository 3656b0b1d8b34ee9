import { LRUCache } from 'lru-cache'
import { type Identity, ServiceError } from '../../domain/index.ts'
import { CacheUse, growingTo } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'
import { Credentials } from '../access-keys/credentials.ts'
import { identityOfSession } from './session-identity.ts'
import type { Session, SessionTokens } from './session-token.ts'

const cachedMax = 10_000
const readsMax = 100
const tooManyChanges = { reason: `identities changed during each of ${readsMax} reads` }

/**
 * Finds the identity behind a temporary access key that its session token holds. It caches the credentials, and reads
 * the identity again after a commit changes an identity of the account.
 */
export class Sessions {
  readonly #store: Store
  readonly #tokens: SessionTokens
  // An evicted entry is not wiped, because a request in flight may be using it.
  readonly #cache = new LRUCache<string, Credentials>(growingTo(cachedMax))
  readonly cacheUse = new CacheUse(() => this.#cache.size)
  #generation = 0

  constructor(store: Store, tokens: SessionTokens) {
    this.#store = store
    this.#tokens = tokens
    store.subscribe(change => {
      if (change.type === 'identity') this.#drop(change.accountId)
    })
  }

  /**
   * Returns the cached credentials of a temporary access key; undefined if they are not cached. The caller must still
   * compare the session token.
   */
  findCached(accessKeyId: string): Credentials | undefined {
    const known = this.#cache.get(accessKeyId)
    if (known !== undefined) this.cacheUse.hits++
    return known
  }

  /**
   * Returns the credentials that a session token holds for an access key, expired or not. Returns undefined if this
   * server did not make the token for the key, or if the user or role of the session no longer exists.
   */
  async find(accessKeyId: string, sessionToken: string): Promise<Credentials | undefined> {
    this.cacheUse.misses++
    const opened = this.#tokens.open(accessKeyId, sessionToken)
    if (opened === undefined) return undefined
    const { session, secret, tokenDigest: sessionTokenDigest } = opened
    const identity = await this.#readIdentity(session)
    if (identity === undefined) return undefined
    const { accountId, expiresAt } = session
    const facts = { accessKeyId, accountId, sessionTokenDigest, expiresAt }
    const credentials = new Credentials(facts, secret, identity)
    this.#cache.set(accessKeyId, credentials)
    return credentials
  }

  /** An identity read during a change may mix both states, so it is read again. */
  async #readIdentity(session: Session): Promise<Identity | undefined> {
    for (let reads = 1; reads <= readsMax; reads++) {
      const generation = this.#generation
      const identity = await identityOfSession(this.#store.reader, session)
      if (generation === this.#generation) return identity
    }
    throw new ServiceError('ServiceUnavailableException', undefined, tooManyChanges)
  }

  /** Wipes and drops the cached credentials. */
  close(): void {
    for (const credentials of this.#cache.values()) credentials.wipe()
    this.#cache.clear()
  }

  #drop(accountId: string): void {
    this.#generation++
    for (const [accessKeyId, credentials] of this.#cache) {
      if (credentials.accountId === accountId) this.#cache.delete(accessKeyId)
    }
  }
}
