import type { KeySpec, KeyState, KeyUsage } from '../../domain/index.ts'

/** The tables as Kysely sees them. Times are milliseconds since the epoch; 0 and 1 stand for booleans. */
export interface Schema {
  domain_keys: { domain_key_id: string; domain: string; wrapped: Uint8Array }
  accounts: { account_id: string; created_at: number }
  users: { account_id: string; user_name: string; user_id: string; created_at: number }
  user_policies: { account_id: string; user_name: string; policy_name: string; document: string }
  access_keys: AccessKeyRow
  kms_keys: KeyRow
  key_materials: KeyMaterialRow
  aliases: AliasRow
  tags: { account_id: string; region: string; key_id: string; tag_key: string; tag_value: string }
  audit_outbox: { event_id: string; recorded_at: number; line: string }
  seed_entries: { entry: string; digest: string }
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
}

export interface KeyRow {
  account_id: string
  region: string
  key_id: string
  key_spec: KeySpec
  key_usage: KeyUsage
  origin: 'AWS_KMS'
  key_manager: 'CUSTOMER'
  key_state: KeyState
  description: string
  created_at: number
  deletion_at: number | null
  current_key_material_id: string
  policy: string
}

export interface KeyMaterialRow {
  account_id: string
  region: string
  key_id: string
  key_material_id: string
  key_token: Uint8Array
  created_at: number
}

export interface AliasRow {
  account_id: string
  region: string
  alias_name: string
  target_key_id: string
  created_at: number
  updated_at: number
}
