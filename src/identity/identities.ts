import { LRUCache } from 'lru-cache'
import { type AccessKey, type Identity, rootArn, userArn } from '../domain/index.ts'
import type { Reader, Store } from '../store/index.ts'
import { Credentials } from './credentials.ts'

const cachedMax = 10_000

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
    const generation = this.#generation
    const credentials = await this.#load(this.#store.reader, accessKeyId)
    // What was read before a change must not be cached after it.
    if (credentials !== undefined && generation === this.#generation)
      this.#cache.set(accessKeyId, credentials)
    return credentials
  }

  close(): void {
    for (const credentials of this.#cache.values()) credentials.wipe()
    this.#cache.clear()
  }

  async #load(reader: Reader, accessKeyId: string): Promise<Credentials | undefined> {
    const accessKey = await reader.findAccessKey(accessKeyId)
    if (accessKey === undefined || !accessKey.isActive) return undefined
    const identity = await findIdentity(reader, accessKey)
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

async function findIdentity(
  reader: Reader,
  { accountId, userName }: AccessKey,
): Promise<Identity | undefined> {
  if (userName === undefined) return rootIdentity(accountId)
  const user = await reader.findUser(accountId, userName)
  if (user === undefined) return undefined
  const arn = userArn(accountId, userName)
  return {
    principal: { type: 'IAMUser', accountId, arn, principalId: user.userId, userName },
    policies: user.policies,
  }
}

/** The root user of an account. */
export function rootIdentity(accountId: string): Identity {
  return {
    principal: { type: 'Root', accountId, arn: rootArn(accountId), principalId: accountId },
    policies: [],
  }
}
