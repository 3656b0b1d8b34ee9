/**
 * Authenticates entities and the states of domains. A domain is a Region, or `global` for what belongs to no Region. The
 * HSM implements it.
 */
export interface Authenticator {
  /** Returns the MAC of a content. */
  authenticate(domain: string, content: Uint8Array): Uint8Array
  /** Whether a MAC is that of the content. */
  isAuthentic(domain: string, content: Uint8Array, mac: Uint8Array): boolean
  /** Returns 32 bytes that stand for a MAC in the digest of a set, and that nobody can compute outside. */
  elementOf(domain: string, mac: Uint8Array): Uint8Array
  /** Seals the state of a domain. */
  seal(domain: string, content: Uint8Array): Uint8Array
  /** Undoes `seal`; undefined for bytes that were not sealed here for this domain. */
  open(domain: string, sealed: Uint8Array): Uint8Array | undefined
}

/** The domain of what belongs to no Region: accounts, all entities of IAM, access keys, and the entries of the seed file. */
export const globalDomain = 'global'

/** An entity was changed outside of Keyward, or parts of it were removed. The message names it. */
export class DoesNotVerify extends Error {
  override readonly name = 'DoesNotVerify'
  /** The entity, such as `KMS key arn:aws:kms:…`. */
  readonly entity: string

  constructor(entity: string) {
    super(`${entity} does not verify: the database was changed outside of Keyward`)
    this.entity = entity
  }
}
