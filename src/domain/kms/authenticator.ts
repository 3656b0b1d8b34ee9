import type { Scope } from '../aws/region.ts'
import type { KeySpec } from './key-spec.ts'

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
  /** Returns the id of the domain key that a token, a MAC or sealed bytes name; undefined for bytes that name none. */
  domainKeyOf(bytes: Uint8Array): string | undefined
  /** Whether a token is under the current domain key of the domain, or under none at all. */
  isCurrent(domain: string, token: Uint8Array): boolean
  /**
   * Returns the same secret under the current domain key, or the same bytes if they are under it. The secret is not returned.
   * Throws Error for a token that does not open.
   */
  rewrap(what: RewrappedToken): Uint8Array
}

/** The key that a key material belongs to. A key token opens under exactly this binding, so rows cannot be swapped. */
export interface KeyTokenBinding extends Scope {
  readonly keyId: string
  readonly keySpec: KeySpec
  /** 64 lower-case hex digits. */
  readonly keyMaterialId: string
}

/** A token to re-wrap: key material, its public key, or a secret of the server under its name. */
export type RewrappedToken =
  | {
      readonly kind: 'key' | 'publicKey'
      readonly binding: KeyTokenBinding
      readonly token: Uint8Array
    }
  | {
      readonly kind: 'secret'
      readonly name: string
      /** The Region that the secret belongs to; absent for one of the global domain. */
      readonly region?: string
      readonly token: Uint8Array
    }
