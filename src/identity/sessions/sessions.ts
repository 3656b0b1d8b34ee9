import { LRUCache } from 'lru-cache'
import { type Identity, ServiceError } from '../../domain/index.ts'
import type { Store } from '../../store/index.ts'
import { Credentials } from '../access-keys/credentials.ts'
import { identityOfSession } from './session-identity.ts'
import type { Session, SessionTokens } from './session-token.ts'

const cachedMax = 10_000
const readsMax = 100
const tooManyChanges = { reason: `identities changed during each of ${readsMax} reads` }

/**
 * Who stands behind the temporary access keys that session tokens hold. What the session may do is read anew once a commit
 * has changed an identity of its account.
 */
export class Sessions {
  readonly #store: Store
  readonly #tokens: SessionTokens
  // No wiping on eviction: a request in flight may be using the entry.
  readonly #cache = new LRUCache<string, Credentials>({ max: cachedMax })
  #generation = 0

  constructor(store: Store, tokens: SessionTokens) {
    this.#store = store
    this.#tokens = tokens
    store.subscribe(change => {
      if (change.type === 'identity') this.#drop(change.accountId)
    })
  }

  /** The credentials of a temporary access key, without waiting, where they are cached. Its token has yet to be compared. */
  findCached(accessKeyId: string): Credentials | undefined {
    return this.#cache.get(accessKeyId)
  }

  /**
   * The credentials that a session token holds for an access key, expired or not; undefined for one that was not made here
   * for it, and for one whose user or role is not there any more.
   */
  async find(accessKeyId: string, sessionToken: string): Promise<Credentials | undefined> {
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

  /** What was read around a change may be of both sides of it, and is read again. */
  async #readIdentity(session: Session): Promise<Identity | undefined> {
    for (let reads = 1; reads <= readsMax; reads++) {
      const generation = this.#generation
      const identity = await identityOfSession(this.#store.reader, session)
      if (generation === this.#generation) return identity
    }
    throw new ServiceError('ServiceUnavailableException', undefined, tooManyChanges)
  }

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
