import { jsonCall } from './call.ts'
import type { ContextEntry } from './keyward-access.ts'

export interface ListKeyAccessInput {
  readonly KeyId: string
  /** An action of AWS KMS, such as `kms:Decrypt`. */
  readonly Action: string
  readonly ContextEntries?: readonly ContextEntry[]
  /** 1 to 200. */
  readonly MaxResults?: number
  readonly NextToken?: string | undefined
}

/** A principal that may perform the action. */
export interface ListedPrincipal {
  readonly Principal: string
  readonly PrincipalType: string
  readonly AccountId?: string
  readonly Access: 'allowed' | 'conditional' | 'otherAccountDecides' | 'undecided'
  /** The statements that allow it. */
  readonly By: readonly {
    readonly PolicyType: string
    readonly Policy: string
    readonly Statement: string
  }[]
  readonly GrantIds: readonly string[]
  /** The conditions that the request must meet. */
  readonly Conditions: readonly {
    readonly Operator: string
    readonly ContextKey: string
    readonly Values: readonly string[]
    readonly Negated: boolean
  }[]
  readonly IsPublic: boolean
  readonly IsCrossAccount: boolean
}

export interface ListKeyAccessOutput {
  readonly Principals: readonly ListedPrincipal[]
  readonly Examined: number
  readonly Total: number
  readonly NextToken?: string
}

/** Lists everybody who may perform an action with a key (docs/policy-who-can.md). */
export const listKeyAccess = jsonCall<ListKeyAccessInput, ListKeyAccessOutput>('keyward', 'ListKeyAccess')
