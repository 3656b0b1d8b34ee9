import { createRequire } from 'node:module'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'

const require = createRequire(import.meta.url)

/** The package, loaded for the first key set: most servers know no identity provider, and each start would pay for it. */
const jose = () => require('jose') as typeof import('jose')

/**
 * The signature algorithms for identity tokens. All are public-key algorithms, so that a verifier knows nothing that
 * can sign (RFC 8725, 2.1 and 3.1). jose knows which key type belongs to which algorithm (RFC 7518).
 */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** The bound on the keys that a token is compared with: anybody may publish a key set. */
const keysMax = 200

/** The result of a verification: the payload of the token, or the reason why no key verifies it. */
export type TokenVerification =
  | { readonly payload: Buffer }
  /** `isKeyUnknown`: no key has the type and id that the token names, but a newer key set may have one. */
  | { readonly problem: string; readonly isKeyUnknown: boolean }

/** Says why a value is not a JSON Web Key Set of public keys. */
export class KeySetProblem extends Error {}

/** The public keys of an issuer (RFC 7517), which verify its tokens. */
export class JsonWebKeys {
  readonly #find: JWTVerifyGetKey

  /** Throws KeySetProblem. */
  constructor(keySet: unknown) {
    checkKeySet(keySet)
    try {
      this.#find = jose().createLocalJWKSet(keySet)
    } catch (error) {
      throw new KeySetProblem((error as Error).message)
    }
  }

  /** Verifies a token in compact form (RFC 7515). */
  async verify(token: string): Promise<TokenVerification> {
    try {
      const { payload } = await jose().compactVerify(token, this.#find, { algorithms })
      return { payload: Buffer.from(payload) }
    } catch (error) {
      // The token is untrusted text, so any error means only that it does not verify.
      return {
        problem: (error as Error).message,
        isKeyUnknown: error instanceof jose().errors.JWKSNoMatchingKey,
      }
    }
  }
}

/** The members of private and secret keys (RFC 7518, 6): an issuer that publishes one no longer has a secret key. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

function checkKeySet(keySet: unknown): asserts keySet is JSONWebKeySet {
  const { keys } = (typeof keySet === 'object' && keySet !== null ? keySet : {}) as { keys?: unknown }
  if (!Array.isArray(keys)) throw new KeySetProblem('it has no list of keys')
  if (keys.length > keysMax) throw new KeySetProblem(`it has more than ${keysMax} keys`)
  for (const key of keys as unknown[]) {
    if (typeof key !== 'object' || key === null || Array.isArray(key)) {
      throw new KeySetProblem('one of its keys is not an object')
    }
    const { kty } = key as { kty?: unknown }
    if (typeof kty !== 'string') throw new KeySetProblem('one of its keys has no kty')
    if (kty === 'oct' || privateMembers.some(name => Object.hasOwn(key, name))) {
      throw new KeySetProblem('one of its keys is not a public key')
    }
  }
}
