import type { Explanation } from '../access/index.ts'
import type { Scope } from '../domain/index.ts'

/** A question about a permission: what would be decided, if somebody asked for it. */
export interface AccessQuestion {
  /** The account that wants to know, and the region of its request. */
  readonly scope: Scope
  /** Who would ask: the ARN of a user, a role, a session of one, or an account's root. */
  readonly principalArn: string
  /** Of AWS KMS, with the service's prefix. */
  readonly action: string
  /** Names a key as requests of the account do; undefined for actions that are about none. */
  readonly keyId: string | undefined
  /** What the request would say to conditions, by the names of condition keys. */
  readonly given: ReadonlyMap<string, readonly string[]>
  /** The actions that callers may be allowed on keys of other accounts, with the service's prefix. */
  readonly crossAccountActions: ReadonlySet<string>
}

export interface AccessAnswer {
  readonly explanation: Explanation
  /** The account whose policies have a say too and were not asked, so that only a denial is the whole answer. */
  readonly otherAccount: string | undefined
}
