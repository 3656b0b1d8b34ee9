import type { AccessKey, Alias, KeyMaterial, KmsKey } from '../../domain/index.ts'
import type { AccessKeyRow, AliasRow, KeyRow } from './schema.ts'

export function toKey(row: KeyRow): KmsKey {
  return {
    accountId: row.account_id,
    region: row.region,
    keyId: row.key_id,
    keySpec: row.key_spec,
    keyUsage: row.key_usage,
    origin: row.origin,
    keyManager: row.key_manager,
    keyState: row.key_state,
    description: row.description,
    createdAt: row.created_at,
    deletionAt: row.deletion_at ?? undefined,
    currentKeyMaterialId: row.current_key_material_id,
  }
}

export function fromKey(key: KmsKey, policy: string): KeyRow {
  return {
    account_id: key.accountId,
    region: key.region,
    key_id: key.keyId,
    key_spec: key.keySpec,
    key_usage: key.keyUsage,
    origin: key.origin,
    key_manager: key.keyManager,
    created_at: key.createdAt,
    policy,
    ...fromMutableOf(key),
  }
}

/** What of a key changes after it was made. */
export function fromMutableOf(key: KmsKey) {
  return {
    key_state: key.keyState,
    description: key.description,
    deletion_at: key.deletionAt ?? null,
    current_key_material_id: key.currentKeyMaterialId,
  }
}

/** The key material of a row of keys joined with their materials: one, or none. */
export function toKeyMaterials(row: {
  readonly key_material_id: string | null
  readonly key_token: Uint8Array | null
  readonly material_created_at: number | null
}): KeyMaterial[] {
  const { key_material_id: keyMaterialId, key_token: keyToken, material_created_at: createdAt } = row
  if (keyMaterialId === null || keyToken === null || createdAt === null) return []
  return [{ keyMaterialId, keyToken, createdAt }]
}

export function toAlias(row: AliasRow): Alias {
  return {
    accountId: row.account_id,
    region: row.region,
    aliasName: row.alias_name,
    targetKeyId: row.target_key_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toAccessKey(row: AccessKeyRow): AccessKey {
  return {
    accessKeyId: row.access_key_id,
    accountId: row.account_id,
    userName: row.user_name ?? undefined,
    wrappedSecret: row.wrapped_secret,
    isActive: row.is_active === 1,
    createdAt: row.created_at,
    sessionTokenDigest: row.session_token_digest ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  }
}

export function fromAccessKey(key: AccessKey): AccessKeyRow {
  return {
    access_key_id: key.accessKeyId,
    account_id: key.accountId,
    user_name: key.userName ?? null,
    wrapped_secret: key.wrappedSecret,
    is_active: key.isActive ? 1 : 0,
    created_at: key.createdAt,
    session_token_digest: key.sessionTokenDigest ?? null,
    expires_at: key.expiresAt ?? null,
  }
}
