import { jsonCall } from './call.ts'

export interface ContextEntry {
  readonly ContextKeyName: string
  readonly ContextKeyValues: readonly string[]
}

export interface ExplainAccessInput {
  /** The whole ARN of a user, role, session of a role, or an account's root. */
  readonly Principal: string
  /** An action of AWS KMS, such as `kms:Decrypt`. */
  readonly Action: string
  /** The id, ARN or alias of a key; absent if the action is about no key. */
  readonly KeyId?: string
  /** At most 100. */
  readonly ContextEntries?: readonly ContextEntry[]
  /** A key policy that decides in the place of the stored one. */
  readonly KeyPolicyDraft?: string
}

export type AccessDecision = 'allow' | 'explicitDeny' | 'implicitDeny' | 'otherAccountDecides' | 'undecided'

/** An element of a statement, with the values of the policy and of the request. */
export interface ExplainedElement {
  readonly Element: string
  readonly Matches: boolean
  readonly Wanted: readonly string[]
  readonly Found: readonly string[]
}

export interface ExplainedStatement {
  /** The `Sid`, or the number of the statement. */
  readonly Statement: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Applies: boolean
  readonly Match: string
  readonly Elements: readonly ExplainedElement[]
}

export interface ExplainedPolicy {
  readonly PolicyType: string
  readonly Policy: string
  /** The level of a service or resource control policy: 1 is the organization's root. */
  readonly Level?: number
  readonly IgnoredBecause?: string
  readonly Statements: readonly ExplainedStatement[]
}

export interface DraftFinding {
  readonly Severity: 'error' | 'warning'
  readonly Code: string
  readonly Place: string
  readonly Message: string
}

export interface ExplainAccessOutput {
  readonly Decision: AccessDecision
  /** The type of the policies that deny, or that do not allow. */
  readonly DecidedBy?: string
  /** The account that must allow the call, too. */
  readonly OtherAccount?: string
  /** The VPC endpoint whose policy was not read. */
  readonly UnreadEndpoint?: string
  readonly GrantId?: string
  readonly Policies: readonly ExplainedPolicy[]
  /** The whole explanation for people. */
  readonly Text: string
  readonly DraftFindings?: readonly DraftFinding[]
}

/** The operations of Keyward that explain access. */
export const keywardAccess = {
  explainAccess: jsonCall<ExplainAccessInput, ExplainAccessOutput>('keyward', 'ExplainAccess'),
}
