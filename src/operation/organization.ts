import type { CompiledPolicy } from '../access/index.ts'

/** The place of an account in an organization, as ids of AWS Organizations. */
export interface OrganizationPlace {
  readonly organizationId: string
  /** `o-…/r-…/ou-…/`, as in `aws:PrincipalOrgPaths`. */
  readonly path: string
}

/** A policy above accounts. */
export interface OrganizationPolicy extends CompiledPolicy {
  /** The text of the policy, JSON. */
  readonly document: string
}

/** An account in an organization, with the policies above it: a list for each level, from the root to the account. */
export interface OrganizationMember {
  /** Service control policies: the most that the account's principals may do. Undefined if they limit nothing. */
  readonly serviceControlPolicies: readonly (readonly OrganizationPolicy[])[] | undefined
  /**
   * Resource control policies: the most that anyone may do with the account's keys. Undefined if they limit nothing.
   */
  readonly resourceControlPolicies: readonly (readonly OrganizationPolicy[])[] | undefined
  /** Undefined if the organization has no ids. */
  readonly place: OrganizationPlace | undefined
}

/** The organization above the accounts (AWS Organizations user guide). */
export interface Organization {
  /** Returns undefined for an account that is in no organization. */
  ofAccount(accountId: string): OrganizationMember | undefined
}
