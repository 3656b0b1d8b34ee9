import type { Clock, Millis } from '../../std/index.ts'

/** The public keys of an issuer, ready to verify with. */
export interface IssuerKeys {
  /** The payload of a token that one of the keys signed, or why none did, and whether a newer key set may know its key. */
  verify(
    token: string,
  ): Promise<{ readonly payload: Buffer } | { readonly problem: string; readonly isKeyUnknown: boolean }>
}

/** Where the keys of an issuer come from. */
export interface KeySetSource {
  /** The keys there are now; newer ones than `than` where it is given and they can be had. Throws KeySetUnavailable. */
  keys(than?: IssuerKeys): Promise<IssuerKeys>
}

/** An issuer's keys cannot be had. */
export class KeySetUnavailable extends Error {}

/** Keys that were given once and for all. */
export function fixedKeySet(keys: IssuerKeys): KeySetSource {
  return { keys: () => Promise.resolve(keys) }
}

const fetchTimeoutMillis = 5000
const sizeMaxBytes = 256 * 1024
/** How long keys are used before they are asked for anew. */
const freshMillis = 3_600_000
/** How long they are used where they cannot be asked for. */
const staleMillis = 86_400_000
/** A token with a key id of its own making must not make the server ask each time. */
const retryMillis = 10_000

export interface RemoteKeySetOptions {
  readonly url: string
  readonly clock: Clock
  /** Reads a key set. Throws for what is none. */
  readonly parse: (keySet: unknown) => IssuerKeys
}

/** Keys that are fetched from their URL, kept for an hour, and fetched sooner for a token whose key is not among them. */
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
      const text = await fetchText(this.#options.url)
      this.#known = { keys: this.#options.parse(JSON.parse(text)), fetchedAt: now }
      this.#failure = undefined
    } catch (error) {
      this.#failure = new KeySetUnavailable(`${this.#options.url}: ${(error as Error).message}`)
    }
  }
}

/** The answer's body, of bounded size and in bounded time. A redirection could lead anywhere, so none is followed. */
async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(fetchTimeoutMillis),
    headers: { accept: 'application/json' },
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`status ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length
    if (sizeBytes > sizeMaxBytes) throw new Error(`more than ${sizeMaxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
