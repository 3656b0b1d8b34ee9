import type { AccessKey, Identity } from '../../domain/index.ts'
import { equalConstantTime, HmacSha256Key, hmacSha256, type Millis, sha256 } from '../../std/index.ts'

/** How many signing keys are cached per access key: enough for a few days, regions and services. */
const signingKeysMax = 32

/** The facts of an access key that its requests are checked against. */
export type KeyFacts = Pick<AccessKey, 'accessKeyId' | 'accountId' | 'sessionTokenDigest' | 'expiresAt'>

/** The secret of an access key, with the signing keys that were derived from it. */
export class SigningSecret {
  readonly #secret: Buffer
  readonly #signingKeys = new Map<string, HmacSha256Key>()

  /** Takes ownership of `secret`, which `wipe` erases. */
  constructor(secret: Buffer) {
    this.#secret = secret
  }

  /**
   * Returns the SigV4 signing key for a credential scope (AWS General Reference, "Create a signed AWS API request").
   * `scope` is the other parameters as one string, which the caller already has.
   */
  signingKey(scope: string, date: string, region: string, service: string): HmacSha256Key {
    const known = this.#signingKeys.get(scope)
    if (known !== undefined) return known
    const key = deriveSigningKey(this.#secret, date, region, service)
    if (this.#signingKeys.size >= signingKeysMax) this.#wipeSigningKeys()
    this.#signingKeys.set(scope, key)
    return key
  }

  /** Erases the secret and the signing keys. */
  wipe(): void {
    this.#secret.fill(0)
    this.#wipeSigningKeys()
  }

  #wipeSigningKeys(): void {
    for (const key of this.#signingKeys.values()) key.wipe()
    this.#signingKeys.clear()
  }
}

/**
 * An access key that may sign requests, with the identity of its owner. It holds the decrypted secret, so that the
 * secret lives as long as the cache entry and no longer.
 */
export class Credentials {
  readonly accessKeyId: string
  readonly accountId: string
  readonly identity: Identity
  readonly #accessKey: KeyFacts
  readonly #secret: SigningSecret

  /** Takes ownership of `secret`, which `wipe` erases. */
  constructor(accessKey: KeyFacts, secret: Buffer, identity: Identity) {
    this.accessKeyId = accessKey.accessKeyId
    this.accountId = accessKey.accountId
    this.identity = identity
    this.#accessKey = accessKey
    this.#secret = new SigningSecret(secret)
  }

  /** As `SigningSecret.signingKey`. */
  signingKey(scope: string, date: string, region: string, service: string): HmacSha256Key {
    return this.#secret.signingKey(scope, date, region, service)
  }

  /** Whether the session token of a request belongs to the key; long-term keys have no token. */
  acceptsSessionToken(token: string | undefined): boolean {
    const wanted = this.#accessKey.sessionTokenDigest
    if (wanted === undefined) return token === undefined
    return token !== undefined && equalConstantTime(sha256(token), wanted)
  }

  /** Whether a temporary key has expired; a long-term key never does. */
  isExpired(now: Millis): boolean {
    return this.#accessKey.expiresAt !== undefined && this.#accessKey.expiresAt <= now
  }

  /** Erases the secret and the signing keys. */
  wipe(): void {
    this.#secret.wipe()
  }
}

function deriveSigningKey(secret: Buffer, date: string, region: string, service: string): HmacSha256Key {
  const seed = Buffer.concat([Buffer.from('AWS4'), secret])
  const dateKey = hmacSha256(seed, date)
  const regionKey = hmacSha256(dateKey, region)
  const serviceKey = hmacSha256(regionKey, service)
  const signingKey = hmacSha256(serviceKey, 'aws4_request')
  for (const intermediate of [seed, dateKey, regionKey, serviceKey]) intermediate.fill(0)
  return new HmacSha256Key(signingKey)
}
