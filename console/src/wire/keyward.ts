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

/** The operations of Keyward that AWS does not have. */
export const keyward = {
  listKeyDetails: jsonCall<ListKeyDetailsInput, ListKeyDetailsOutput>('keyward', 'ListKeyDetails', {
    times: [
      ...metadataTimes('Keys[].KeyMetadata'),
      ...['CreationDate', 'LastUpdatedDate'].map(name => `Keys[].Aliases[].${name}`),
      'Keys[].LastUsage.Timestamp',
    ],
  }),
}
