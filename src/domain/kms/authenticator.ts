/** The domain of what belongs to no Region: accounts, all entities of IAM, access keys, and the entries of the seed file. */
export const globalDomain = 'global'

/**
 * Authenticates what the store keeps outside of key tokens. A domain is a Region, or `global`. The HSM implements it. Methods
 * throw Error for a domain without a domain key.
 */
export interface Authenticator {
  /** Returns the MAC of a content. It names the domain key that made it. */
  authenticate(domain: string, content: Uint8Array): Uint8Array
  /** Whether a MAC is that of the content, under any domain key of the domain. Compares in constant time. */
  isAuthentic(domain: string, content: Uint8Array, mac: Uint8Array): boolean
  /** Returns 32 bytes that stand for a MAC in the digest of a set, and that nobody can compute outside. */
  elementOf(domain: string, mac: Uint8Array): Uint8Array
  /** Seals the state of a domain. */
  seal(domain: string, content: Uint8Array): Uint8Array
  /** Undoes `seal`; undefined for bytes that were not sealed here for this domain. */
  open(domain: string, sealed: Uint8Array): Uint8Array | undefined
}
