import type { Millis } from '../../std/index.ts'
import type { Tag } from '../aws/tag.ts'

/**
 * An OpenID Connect provider as an account describes it in IAM. It makes no token count: only the issuers of the server's
 * configuration do, because the server would otherwise take keys from an address that a user names.
 */
export interface OidcProvider {
  readonly accountId: string
  /** The URL of the issuer without `https://`, as in the provider's ARN. */
  readonly host: string
  readonly createdAt: Millis
  /** In the order in which they were added. */
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly tags: readonly Tag[]
}

/** The alias of an account, which no other account of the server has. */
export interface AccountAlias {
  readonly accountId: string
  readonly alias: string
  readonly createdAt: Millis
}
