import type { AccessKeyRow } from './access-keys/rows.ts'
import type { AliasRow } from './aliases/rows.ts'
import type { MacColumn } from './authenticity/macs.ts'
import type { CustomKeyStoreRow } from './custom-key-stores/rows.ts'
import type { GrantRow } from './grants/rows.ts'
import type {
  AttachmentRow,
  GroupRow,
  KeyPrincipalRow,
  ManagedPolicyRow,
  MembershipRow,
  RoleRow,
  RoleUsageRow,
  TrustPrincipalRow,
  UserRow,
} from './identities/rows.ts'
import type { KeyMaterialRow, KeyRow, KeyUsageRow } from './keys/rows.ts'
import type { AccountAliasRow, InstanceProfileRow, OidcProviderRow } from './providers/rows.ts'
import type { RewrapRow } from './rewrap/rows.ts'
import type { AccountRow, DomainKeyRow, SeedEntryRow } from './server/rows.ts'
import type { TagRow } from './tags/rows.ts'
import type { TokenKeyCountRow, TokenKeyTaskRow } from './token-keys/rows.ts'
import type { AuditCursorRow, WitnessedHeadRow } from './trails/audit-rows.ts'
import type { SigningKeyRow, TrailChainRow, TrailRow } from './trails/rows.ts'
import type { VpcEndpointRow } from './vpc-endpoints/rows.ts'

/** The tables as Kysely sees them. Times are milliseconds since the epoch; 0 and 1 stand for booleans. */
export interface Schema {
  kms_keys: KeyRow & MacColumn & { labels_mac: Uint8Array | null }
  key_materials: KeyMaterialRow
  custom_key_stores: CustomKeyStoreRow & MacColumn
  token_key_tasks: TokenKeyTaskRow & MacColumn
  token_key_counts: TokenKeyCountRow & MacColumn
  vpc_endpoints: VpcEndpointRow & MacColumn
  key_usages: KeyUsageRow
  aliases: AliasRow & MacColumn
  tags: TagRow
  grants: GrantRow & MacColumn
  users: UserRow & MacColumn
  iam_groups: GroupRow & MacColumn
  iam_group_members: MembershipRow
  iam_roles: RoleRow & MacColumn
  iam_policies: ManagedPolicyRow & MacColumn
  iam_attachments: AttachmentRow
  key_policy_principals: KeyPrincipalRow & MacColumn
  trust_policy_principals: TrustPrincipalRow & MacColumn
  iam_role_usages: RoleUsageRow
  iam_instance_profiles: InstanceProfileRow & MacColumn
  iam_oidc_providers: OidcProviderRow & MacColumn
  account_aliases: AccountAliasRow & MacColumn
  access_keys: AccessKeyRow & MacColumn
  accounts: AccountRow & MacColumn
  domain_keys: DomainKeyRow
  root_keys: { name: string; envelope: string }
  rewraps: RewrapRow
  audit_outbox: { event_id: string; recorded_at: number; line: string }
  seed_entries: SeedEntryRow & MacColumn
  trails: TrailRow & MacColumn
  trail_chains: TrailChainRow & MacColumn
  signing_keys: SigningKeyRow & MacColumn
  audit_cursors: AuditCursorRow & MacColumn
  witnessed_heads: WitnessedHeadRow & MacColumn
  domain_states: { domain: string; commits: number; sealed: Uint8Array }
}
