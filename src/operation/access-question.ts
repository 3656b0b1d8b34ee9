import type { CompiledPolicy, Explanation } from '../access/index.ts'
import type { Scope } from '../domain/index.ts'
import type { Millis } from '../std/index.ts'
import type { KeyRequirement } from './requirement.ts'

/** A question about a permission: which decision would a request of this principal get, and why? */
export interface AccessQuestion {
  /** The account that asks, and the Region of its request. */
  readonly scope: Scope
  /** The ARN of the user, role, session or account root whose permission is in question. */
  readonly principalArn: string
  /** The action in AWS's spelling, with the prefix of its service. */
  readonly action: string
  /**
   * The key id, key ARN or alias, read as in a request of the account; undefined for an action that is not about a key.
   */
  readonly keyId: string | undefined
  /** A key policy that decides in the place of the stored one, for a key of the asking account; undefined for the stored one. */
  readonly keyPolicyDraft?: CompiledPolicy | undefined
  /** The request that a grant would have to allow, as the operation itself would make it. */
  readonly grant: KeyRequirement<unknown>['grant']
  /** Whether a caller can be allowed the action on a key of a different account. */
  readonly mayCrossAccounts: boolean
  /** The condition values of the request, by the names of their condition keys. */
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly now: Millis
}

/** The answer to an `AccessQuestion`: the decision with its reasons. */
export interface AccessAnswer {
  readonly explanation: Explanation
  /**
   * The other account, whose policies also decide but were not read: an allow is then only half of the answer.
   * Undefined if one account decides alone.
   */
  readonly otherAccount: string | undefined
  /**
   * The VPC endpoint that the question names, if its policy was not read because the asking account has no such endpoint of
   * AWS KMS in the Region: an allow is then without this policy.
   */
  readonly unreadEndpoint: string | undefined
  /** Whether the question gives facts about a VPC endpoint, such as its VPC, and names no endpoint, so that no endpoint policy took part. */
  readonly isEndpointUnnamed: boolean
}
