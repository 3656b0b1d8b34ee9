import type { AliasListEntry, KeyMetadata, Tag } from '@aws-sdk/client-kms'
import { jsonCall } from './call.ts'
import { metadataTimes } from './kms.ts'

export type KeyFilterOperator = 'is' | 'isNot' | 'contains' | 'notContains' | 'startsWith'

export interface KeyFilter {
  /** Text, Alias, KeyId, Description, KeyState, KeySpec, KeyUsage, Origin, Regionality, KeyStoreId, TagKey, `Tag:KEY`, CreatedAfter, CreatedBefore. */
  readonly Name: string
  readonly Operator: KeyFilterOperator
  readonly Values: readonly string[]
}

export interface ListKeyDetailsInput {
  readonly KeyManager?: 'CUSTOMER' | 'AWS'
  /** At most 10. */
  readonly Filters?: readonly KeyFilter[]
  readonly Join?: 'and' | 'or'
  readonly SortBy?: 'Alias' | 'KeyId' | 'CreationDate' | 'KeySpec'
  readonly SortOrder?: 'Ascending' | 'Descending'
  readonly Include?: readonly ('Tags' | 'LastUsage')[]
  /** 1 to 100. */
  readonly Limit?: number
  readonly Marker?: string
}

export interface KeyDetails {
  readonly KeyId: string
  readonly KeyArn: string
  readonly KeyMetadata?: KeyMetadata
  readonly Aliases?: readonly AliasListEntry[]
  readonly Tags?: readonly Tag[]
  readonly LastUsage?: { readonly Operation?: string; readonly Timestamp?: Date }
  /** The actions that the caller may not use on this key, such as `kms:DescribeKey`. */
  readonly Denied: readonly string[]
}

export interface ListKeyDetailsOutput {
  readonly Keys: readonly KeyDetails[]
  readonly Truncated: boolean
  readonly NextMarker?: string
  /** The keys that the server looked at for this page. */
  readonly Examined: number
  /** The keys of the examined ones that the caller may not describe; only without filters. */
  readonly Hidden?: number
  /** All keys of the account and Region; only on the first page without filters. */
  readonly Count?: number
}

export interface ListKeyAccessInput {
  /** A key id, ARN or alias of the own account. */
  readonly KeyId: string
  /** An action of AWS KMS that is about a key, such as `kms:Decrypt`. */
  readonly Action: string
  readonly ContextEntries?: readonly {
    readonly ContextKeyName: string
    readonly ContextKeyValues: readonly string[]
  }[]
  /** Decides in the place of the stored key policy. */
  readonly KeyPolicyDraft?: string
  /** 1 to 200. */
  readonly MaxResults?: number
  readonly NextToken?: string
}

export interface KeyPrincipal {
  /** An ARN, the name of a service, or `*`. */
  readonly Principal: string
  readonly PrincipalType:
    | 'Root'
    | 'User'
    | 'Role'
    | 'Session'
    | 'FederatedUser'
    | 'Account'
    | 'Service'
    | 'Everyone'
  /** Absent for services and for everyone. */
  readonly AccountId?: string
  readonly Access: 'allowed' | 'conditional' | 'otherAccountDecides' | 'undecided'
  /** The statements that allow it. */
  readonly By: readonly { readonly PolicyType: string; readonly Policy: string; readonly Statement: string }[]
  /** At most 20; empty if the policies allow it without a grant. */
  readonly GrantIds: readonly string[]
  /** The conditions whose values only a request has. At most 50. */
  readonly Conditions: readonly {
    readonly Operator: string
    readonly ContextKey: string
    readonly Values: readonly string[]
    /** Whether it is of a Deny, whose conditions may not all be met. */
    readonly Negated: boolean
  }[]
  readonly IsPublic: boolean
  readonly IsCrossAccount: boolean
}

export interface ListKeyAccessOutput {
  readonly Principals: readonly KeyPrincipal[]
  /** The places of the list that the server looked at for this page, of `Total`. A page can be empty although there are more. */
  readonly Examined: number
  readonly Total: number
  readonly NextToken?: string
}

/** The operations of Keyward that AWS does not have. */
export const keyward = {
  listKeyAccess: jsonCall<ListKeyAccessInput, ListKeyAccessOutput>('keyward', 'ListKeyAccess'),
  listKeyDetails: jsonCall<ListKeyDetailsInput, ListKeyDetailsOutput>('keyward', 'ListKeyDetails', {
    times: [
      ...metadataTimes('Keys[].KeyMetadata'),
      ...['CreationDate', 'LastUpdatedDate'].map(name => `Keys[].Aliases[].${name}`),
      'Keys[].LastUsage.Timestamp',
    ],
  }),
}
