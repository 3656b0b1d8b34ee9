import type { Explanation } from '../access/index.ts'
import type { Scope } from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { KeyRequirement } from './requirement.ts'

/** A question about a permission: the decision that a principal's request would get, and why. */
export interface AccessQuestion {
  /** The account that asks, and the Region of its request. */
  readonly scope: Scope
  /** The ARN of the user, role, session or account root whose permission is in question. */
  readonly principalArn: string
  /** As AWS writes it, with the service's prefix. */
  readonly action: string
  /** The key, named as the account's requests name it; undefined for actions that are about no key. */
  readonly keyId: string | undefined
  /** The grant that would allow the action, as the operation would look for it. */
  readonly grant: KeyRequirement<unknown>['grant']
  /** Whether callers may be allowed the action on keys of other accounts. */
  readonly mayCrossAccounts: boolean
  /** The values that the request would give to conditions, by the names of condition keys. */
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly now: Millis
}

/** The decision with its reasons. */
export interface AccessAnswer {
  readonly explanation: Explanation
  /** The other account whose policies decide too and were not read; only a denial is then the whole answer. */
  readonly otherAccount: string | undefined
}
