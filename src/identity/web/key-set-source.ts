import { type Clock, fetchText, type Millis, type OutboundPolicy, parseJson } from '../../std/index.ts'

/** The public keys of an issuer, ready to verify with. */
export interface IssuerKeys {
  /**
   * Returns the payload of a token that one of the keys signed. Otherwise returns the problem, and whether a newer key
   * set may have the token's key.
   */
  verify(
    token: string,
  ): Promise<{ readonly payload: Buffer } | { readonly problem: string; readonly isKeyUnknown: boolean }>
}

/** The source of an issuer's keys. */
export interface KeySetSource {
  /** Returns the current keys; newer keys than `than`, if it is given and there are any. Throws KeySetUnavailable. */
  keys(than?: IssuerKeys): Promise<IssuerKeys>
}

/** Says that the keys of an issuer are not available. */
export class KeySetUnavailable extends Error {}

/** Returns a source of keys that never change. */
export function fixedKeySet(keys: IssuerKeys): KeySetSource {
  return { keys: () => Promise.resolve(keys) }
}

const fetchLimits = { timeoutMillis: 5000, sizeMaxBytes: 256 * 1024 }
/** How long keys are used before they are fetched again. */
const freshMillis = 3_600_000
/** How long keys are used if they cannot be fetched again. */
const staleMillis = 86_400_000
/** The least time between two fetches: tokens with invented key ids must not cause a fetch each. */
const retryMillis = 10_000

/** The settings of a `RemoteKeySet`. */
export interface RemoteKeySetOptions {
  readonly url: string
  readonly clock: Clock
  /** The connections that the server may open. */
  readonly outbound: OutboundPolicy
  /** Parses a key set. Throws if the value is not one. */
  readonly parse: (keySet: unknown) => IssuerKeys
  /** Called after each fetch, with whether there are keys. */
  readonly onFetched?: ((succeeded: boolean) => void) | undefined
}

/** Fetches keys from a URL and keeps them for an hour; a token with an unknown key causes an earlier fetch. */
export class RemoteKeySet implements KeySetSource {
  readonly #options: RemoteKeySetOptions
  #known: { readonly keys: IssuerKeys; readonly fetchedAt: Millis } | undefined
  #askedAt: Millis = Number.NEGATIVE_INFINITY
  #failure: KeySetUnavailable | undefined
  #fetching: Promise<void> | undefined

  constructor(options: RemoteKeySetOptions) {
    this.#options = options
  }

  async keys(than?: IssuerKeys): Promise<IssuerKeys> {
    const now = this.#options.clock.now()
    const isOutgrown = than !== undefined && than === this.#known?.keys
    if (isOutgrown || this.#ageAt(now) >= freshMillis) await this.#refresh(now)
    if (this.#known !== undefined && this.#ageAt(now) < staleMillis) return this.#known.keys
    throw this.#failure ?? new KeySetUnavailable('the key set is too old')
  }

  async #refresh(now: Millis): Promise<void> {
    if (this.#fetching === undefined && now - this.#askedAt < retryMillis) return
    this.#fetching ??= this.#fetch(now).finally(() => {
      this.#fetching = undefined
    })
    await this.#fetching
  }

  #ageAt(now: Millis): number {
    return this.#known === undefined ? Number.POSITIVE_INFINITY : now - this.#known.fetchedAt
  }

  async #fetch(now: Millis): Promise<void> {
    this.#askedAt = now
    try {
      const { url, outbound } = this.#options
      const text = await fetchText(url, outbound, fetchLimits)
      this.#known = { keys: this.#options.parse(parseJson(text)), fetchedAt: now }
      this.#failure = undefined
      this.#options.onFetched?.(true)
    } catch (error) {
      this.#failure = new KeySetUnavailable(`${this.#options.url}: ${(error as Error).message}`)
      this.#options.onFetched?.(false)
    }
  }
}
