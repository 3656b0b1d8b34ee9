import type { CompiledPolicy } from '../access/index.ts'

/** The policies of an organization that bear on an account: one list for each level, from the root to the account. */
export interface AccountPolicies {
  /** Service control policies: what the account's principals may do at all. */
  readonly serviceControlPolicies: readonly (readonly CompiledPolicy[])[] | undefined
  /** Resource control policies: what may be done with the account's keys at all. */
  readonly resourceControlPolicies: readonly (readonly CompiledPolicy[])[] | undefined
}

/** The policies above accounts (AWS Organizations user guide, "Authorization policies"). */
export interface OrganizationPolicies {
  /** Undefined for an account that is in no organization. */
  ofAccount(accountId: string): AccountPolicies | undefined
}
