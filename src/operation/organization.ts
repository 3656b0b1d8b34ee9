import type { CompiledPolicy } from '../access/index.ts'

/** The place of an account in an organization, in the ids of AWS Organizations. */
export interface OrganizationPlace {
  readonly organizationId: string
  /** `o-…/r-…/ou-…/`, as in `aws:PrincipalOrgPaths`. */
  readonly path: string
}

/** The policies above an account: a list for each level, from the root to the account. */
export interface OrganizationMember {
  /** Service control policies: the most that the account's principals may do. */
  readonly serviceControlPolicies: readonly (readonly CompiledPolicy[])[] | undefined
  /** Resource control policies: the most that anyone may do with the account's keys. */
  readonly resourceControlPolicies: readonly (readonly CompiledPolicy[])[] | undefined
  /** Undefined where the organization was given no ids. */
  readonly place: OrganizationPlace | undefined
}

/** The organization above the accounts (AWS Organizations user guide). */
export interface Organization {
  /** Undefined for an account that is in no organization. */
  ofAccount(accountId: string): OrganizationMember | undefined
}
