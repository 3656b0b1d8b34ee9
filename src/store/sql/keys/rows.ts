import {
  type KeyMaterial,
  type KeyRecord,
  type KeySpec,
  type KeyState,
  type KeyUsage,
  type KmsKey,
  keyArn,
  keyStoreIdOf,
  type Origin,
  type PendingState,
  type RotationType,
} from '../../../domain/index.ts'
import type { AuthenticEntity } from '../authenticity/macs.ts'
import type { KeyColumns } from '../scope.ts'

export interface KeyRow extends KeyColumns {
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
  custom_key_store_id: string | null
  xks_key_id: string | null
}

export interface KeyMaterialRow extends KeyColumns {
  key_material_id: string
  /** The position of the material in the order in which the key got its materials. */
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

export interface KeyUsageRow extends KeyColumns {
  operation: string
  used_at: number
  event_id: string
  request_id: string
}

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
    transition:
      row.settles_to === null || row.settles_at === null
        ? undefined
        : { keyState: row.settles_to, at: row.settles_at },
    description: row.description,
    createdAt: row.created_at,
    deletionAt: row.deletion_at ?? undefined,
    pendingWindowDays: row.pending_window_days ?? undefined,
    currentKeyMaterialId: row.current_material_id ?? undefined,
    primaryRegion: row.primary_region ?? undefined,
    rotation:
      row.rotation_period_days === null || row.rotation_next_at === null
        ? undefined
        : { periodDays: row.rotation_period_days, nextAt: row.rotation_next_at },
    ...toPlace(row),
  }
}

/** The custom key store of a key, and the key outside. */
function toPlace(row: KeyRow): Pick<KmsKey, 'externalKey' | 'clusterKey'> {
  const { origin, custom_key_store_id: customKeyStoreId, xks_key_id: xksKeyId } = row
  if (customKeyStoreId === null && xksKeyId === null) return { externalKey: undefined, clusterKey: undefined }
  if (origin === 'AWS_CLOUDHSM' && customKeyStoreId !== null && xksKeyId === null)
    return { externalKey: undefined, clusterKey: { customKeyStoreId } }
  // A row with one of the two was changed by somebody else, and must not read as a key with none.
  const externalKey = { customKeyStoreId: customKeyStoreId ?? '', xksKeyId: xksKeyId ?? '' }
  return { externalKey, clusterKey: undefined }
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
    custom_key_store_id: keyStoreIdOf(key) ?? null,
    xks_key_id: key.externalKey?.xksKeyId ?? null,
    ...fromMutableOf(key),
  }
}

/** The columns of a key that can change after its creation. */
export function fromMutableOf(key: KmsKey) {
  return {
    key_state: key.keyState,
    settles_to: key.transition?.keyState ?? null,
    settles_at: key.transition?.at ?? null,
    description: key.description,
    deletion_at: key.deletionAt ?? null,
    pending_window_days: key.pendingWindowDays ?? null,
    current_material_id: key.currentKeyMaterialId ?? null,
    primary_region: key.primaryRegion ?? null,
    rotation_period_days: key.rotation?.periodDays ?? null,
    rotation_next_at: key.rotation?.nextAt ?? null,
  }
}

export function toKeyMaterial(row: Omit<KeyMaterialRow, keyof KeyColumns | 'sequence'>): KeyMaterial {
  return {
    keyMaterialId: row.key_material_id,
    keyToken: row.token ?? undefined,
    publicKeyToken: row.public_key_token ?? undefined,
    createdAt: row.created_at,
    pending: row.pending ?? undefined,
    rotation:
      row.rotation_type === null || row.rotated_at === null
        ? undefined
        : { type: row.rotation_type, at: row.rotated_at },
    description: row.description ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  }
}

/** The columns of a key material that can change after its creation. */
export function fromMaterialState(material: KeyMaterial) {
  return {
    token: material.keyToken ?? null,
    public_key_token: material.publicKeyToken ?? null,
    pending: material.pending ?? null,
    rotation_type: material.rotation?.type ?? null,
    rotated_at: material.rotation?.at ?? null,
    description: material.description ?? null,
    expires_at: material.expiresAt ?? null,
  }
}

/** A key with its policy and all its key materials is one entity. */
export function keyEntity(record: KeyRecord): AuthenticEntity {
  const { key } = record
  return { kind: 'KMS key', domain: key.region, name: keyArn(key, key.keyId), content: () => record }
}
