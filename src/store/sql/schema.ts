import type { AccessKeyRow } from './access-keys/rows.ts'
import type { AliasRow } from './aliases/rows.ts'
import type { GrantRow } from './grants/rows.ts'
import type {
  AttachmentRow,
  GroupRow,
  ManagedPolicyRow,
  MembershipRow,
  RoleRow,
  RoleUsageRow,
  UserRow,
} from './identities/rows.ts'
import type { KeyMaterialRow, KeyRow, KeyUsageRow } from './keys/rows.ts'
import type { AccountAliasRow, InstanceProfileRow, OidcProviderRow } from './providers/rows.ts'
import type { TagRow } from './tags/rows.ts'

/** The tables as Kysely sees them. Times are milliseconds since the epoch; 0 and 1 stand for booleans. */
export interface Schema {
  kms_keys: KeyRow
  key_materials: KeyMaterialRow
  key_usages: KeyUsageRow
  aliases: AliasRow
  tags: TagRow
  grants: GrantRow
  users: UserRow
  iam_groups: GroupRow
  iam_group_members: MembershipRow
  iam_roles: RoleRow
  iam_policies: ManagedPolicyRow
  iam_attachments: AttachmentRow
  iam_role_usages: RoleUsageRow
  iam_instance_profiles: InstanceProfileRow
  iam_oidc_providers: OidcProviderRow
  account_aliases: AccountAliasRow
  access_keys: AccessKeyRow
  accounts: { account_id: string; created_at: number }
  domain_keys: { domain_key_id: string; domain: string; wrapped: Uint8Array }
  audit_outbox: { event_id: string; recorded_at: number; line: string }
  seed_entries: { entry: string; digest: string }
}
