import type { KeySpec, KeyState, KeyUsage, Origin, PendingState, RotationType } from '../../domain/index.ts'

/** The tables as Kysely sees them. Times are milliseconds since the epoch; 0 and 1 stand for booleans. */
export interface Schema {
  domain_keys: { domain_key_id: string; domain: string; wrapped: Uint8Array }
  accounts: { account_id: string; created_at: number }
  users: UserRow
  iam_groups: GroupRow
  iam_group_members: { group_id: string; user_id: string }
  iam_roles: RoleRow
  iam_policies: ManagedPolicyRow
  iam_attachments: AttachmentRow
  access_keys: AccessKeyRow
  kms_keys: KeyRow
  key_materials: KeyMaterialRow
  aliases: AliasRow
  grants: GrantRow
  key_usages: KeyUsageRow
  tags: { account_id: string; region: string; key_id: string; tag_key: string; tag_value: string }
  audit_outbox: { event_id: string; recorded_at: number; line: string }
  seed_entries: { entry: string; digest: string }
}

/** What all entities of IAM have. */
interface EntityRow {
  account_id: string
  /** By what it is found and sorted: the name in lower case. */
  name_key: string
  path: string
  created_at: number
}

interface HolderRow extends EntityRow {
  /** JSON: inline policies as pairs of name and document, by name. */
  policies: string
  /** JSON: the ARNs of attached policies. */
  attached: string
}

export interface UserRow extends HolderRow {
  user_name: string
  user_id: string
  boundary_arn: string | null
  /** JSON: pairs. */
  tags: string
}

export interface GroupRow extends HolderRow {
  group_name: string
  group_id: string
}

export interface RoleRow extends HolderRow {
  role_name: string
  role_id: string
  description: string
  trust_policy: string
  max_session_seconds: number
  boundary_arn: string | null
  /** JSON: pairs. */
  tags: string
  is_service_linked: number
}

export interface ManagedPolicyRow extends EntityRow {
  policy_name: string
  policy_id: string
  description: string
  updated_at: number
  default_version_id: string
  next_version: number
  /** JSON: lists of version id, document and date, the oldest first. */
  versions: string
  /** JSON: pairs. */
  tags: string
}

/** What the rows of users, groups and roles list as attached, to be found by policy. */
export interface AttachmentRow {
  account_id: string
  policy_arn: string
  /** The id of a user, group or role. */
  entity_id: string
}

export interface AccessKeyRow {
  access_key_id: string
  account_id: string
  user_name: string | null
  wrapped_secret: Uint8Array
  is_active: number
  created_at: number
  session_token_digest: Uint8Array | null
  expires_at: number | null
  service: string | null
  last_used_at: number | null
  last_used_service: string | null
  last_used_region: string | null
}

export interface KeyRow {
  account_id: string
  region: string
  key_id: string
  key_spec: KeySpec
  key_usage: KeyUsage
  origin: Origin
  key_manager: 'AWS' | 'CUSTOMER'
  key_state: KeyState
  description: string
  created_at: number
  deletion_at: number | null
  current_material_id: string | null
  settles_to: KeyState | null
  settles_at: number | null
  pending_window_days: number | null
  primary_region: string | null
  rotation_period_days: number | null
  rotation_next_at: number | null
  policy: string
}

export interface KeyMaterialRow {
  account_id: string
  region: string
  key_id: string
  key_material_id: string
  /** The order in which the key got its materials. */
  sequence: number
  token: Uint8Array | null
  public_key_token: Uint8Array | null
  created_at: number
  pending: PendingState | null
  rotation_type: RotationType | null
  rotated_at: number | null
  description: string | null
  expires_at: number | null
}

export interface GrantRow {
  account_id: string
  region: string
  key_id: string
  grant_id: string
  name: string | null
  grantee_principal: string | null
  grantee_service: string | null
  retiring_principal: string | null
  retiring_service: string | null
  /** JSON: a list of names. */
  operations: string
  /** JSON: the constraints, encryption contexts as lists of pairs. */
  constraints: string
  issuing_account_id: string
  created_at: number
}

export interface KeyUsageRow {
  account_id: string
  region: string
  key_id: string
  operation: string
  used_at: number
  event_id: string
  request_id: string
}

export interface AliasRow {
  account_id: string
  region: string
  alias_name: string
  target_key_id: string
  created_at: number
  updated_at: number
}
