import type { CompiledPolicy } from '../access/index.ts'

/** Where in an organization an account is, in the ids of AWS Organizations. */
export interface OrganizationPlace {
  readonly organizationId: string
  /** `o-…/r-…/ou-…/`, as in `aws:PrincipalOrgPaths`. */
  readonly path: string
}

/** What an account has of its organization: a list of policies for each level, from the root to the account. */
export interface OrganizationMember {
  /** Service control policies: what the account's principals may do at all. */
  readonly serviceControlPolicies: readonly (readonly CompiledPolicy[])[] | undefined
  /** Resource control policies: what may be done with the account's keys at all. */
  readonly resourceControlPolicies: readonly (readonly CompiledPolicy[])[] | undefined
  /** Undefined where the organization was given no ids. */
  readonly place: OrganizationPlace | undefined
}

/** What is above accounts (AWS Organizations user guide). */
export interface Organization {
  /** Undefined for an account that is in no organization. */
  ofAccount(accountId: string): OrganizationMember | undefined
}
