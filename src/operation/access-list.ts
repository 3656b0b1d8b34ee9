import type { CompiledPolicy, OpenCondition, Reason } from '../access/index.ts'
import type { PartlyKnownRequest, Scope } from '../domain/index.ts'
import type { Millis } from '../std/index.ts'

/** A question about a key: which principals may perform an action with it? */
export interface AccessListQuestion {
  /** The account that asks, which has the key, and the Region of its request. */
  readonly scope: Scope
  /** The action in AWS's spelling, with the prefix of its service. */
  readonly action: string
  /** The key id, key ARN or alias. */
  readonly keyId: string
  /** A key policy that decides in the place of the stored one; undefined for the stored one. */
  readonly keyPolicyDraft: CompiledPolicy | undefined
  /** The request that a grant would have to allow; undefined if no grant can allow the action. */
  readonly grantRequest: PartlyKnownRequest | undefined
  /** Whether a caller can be allowed the action on a key of a different account. */
  readonly mayCrossAccounts: boolean
  /** The condition values of the request that are known, by the names of their condition keys. */
  readonly given: ReadonlyMap<string, readonly string[]>
  /** Returns the source of a condition key's value, for the keys of the service of the action; the name is in lower case. */
  readonly sourceOf: (name: string) => ConditionSource
  readonly now: Millis
  /** The number of principals on a page. */
  readonly limit: number
  /** The place after which the page begins; undefined for the first page. */
  readonly after: AccessPlace | undefined
}

/**
 * The source of the value of a condition key: the key, the account of the caller, or the request. `none`: a request of the action does not
 * have it.
 */
export type ConditionSource = 'key' | 'callerAccount' | 'request' | 'none'

/** A place in the order of the principals: the part of the list, and the last principal of it that was looked at. */
export interface AccessPlace {
  readonly part: number
  /** Null before the first principal of the part. */
  readonly after: string | null
}

/** The kinds of principals in the list. */
export const principalTypes = [
  ...(['Root', 'User', 'Role', 'Session', 'FederatedUser'] as const),
  ...(['Account', 'Service', 'Everyone'] as const),
] as const
/** A kind of principals in the list. */
export type PrincipalType = (typeof principalTypes)[number]

/** The kinds of access in the list. `undecided`: a decision would take more steps than it may, which denies. */
export const accessKinds = ['allowed', 'conditional', 'otherAccountDecides', 'undecided'] as const
/** A kind of access in the list. */
export type AccessKind = (typeof accessKinds)[number]

/** A principal that may perform the action, always or under conditions. */
export interface ListedPrincipal {
  /** An ARN, the name of a service, or `*`. */
  readonly principal: string
  readonly type: PrincipalType
  /** Undefined for services and for everyone. */
  readonly accountId: string | undefined
  readonly access: AccessKind
  /** The statements that allow it. */
  readonly by: readonly Pick<Reason, 'policyType' | 'policy' | 'statement'>[]
  readonly grantIds: readonly string[]
  /** The conditions that decide and whose values are not known. */
  readonly conditions: readonly OpenCondition[]
  readonly isPublic: boolean
  readonly isCrossAccount: boolean
}

/** A page of the principals. */
export interface AccessPage {
  readonly principals: readonly ListedPrincipal[]
  /** The principals, and grants as places of principals, that were looked at for this page. */
  readonly examined: number
  /** All of them at this moment. */
  readonly total: number
  /** The place after which the next page begins; undefined on the last page. */
  readonly next: AccessPlace | undefined
}
