import type {
  Alias,
  EncryptionContext,
  Grant,
  GrantConstraints,
  GrantParty,
  KeyMaterial,
  KmsKey,
  Scope,
} from '../../domain/index.ts'
import type { AliasRow, GrantRow, KeyMaterialRow, KeyRow } from './schema.ts'

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

export function toKeyMaterial(row: Omit<KeyMaterialRow, keyof ScopeColumns | 'sequence'>): KeyMaterial {
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

interface ScopeColumns {
  account_id: string
  region: string
  key_id: string
}

export function scopeColumns({ accountId, region }: Scope, keyId: string): ScopeColumns {
  return { account_id: accountId, region, key_id: keyId }
}

/** What of a key material changes after it came. */
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

export function toGrant(row: GrantRow): Grant {
  return {
    accountId: row.account_id,
    region: row.region,
    keyId: row.key_id,
    grantId: row.grant_id,
    name: row.name ?? undefined,
    grantee: toParty(row.grantee_principal, row.grantee_service) ?? nobody,
    retiring: toParty(row.retiring_principal, row.retiring_service),
    operations: JSON.parse(row.operations),
    constraints: toConstraints(JSON.parse(row.constraints)),
    issuingAccountId: row.issuing_account_id,
    createdAt: row.created_at,
  }
}

export function fromGrant(grant: Grant): GrantRow {
  const { grantee, retiring, constraints } = grant
  const pairs = (context: EncryptionContext | undefined) => context && [...context]
  return {
    ...scopeColumns(grant, grant.keyId),
    grant_id: grant.grantId,
    name: grant.name ?? null,
    grantee_principal: grantee.type === 'principal' ? grantee.arn : null,
    grantee_service: grantee.type === 'service' ? grantee.service : null,
    retiring_principal: retiring?.type === 'principal' ? retiring.arn : null,
    retiring_service: retiring?.type === 'service' ? retiring.service : null,
    operations: JSON.stringify(grant.operations),
    constraints: JSON.stringify({
      equals: pairs(constraints.encryptionContextEquals),
      subset: pairs(constraints.encryptionContextSubset),
      sourceArn: constraints.sourceArn,
    }),
    issuing_account_id: grant.issuingAccountId,
    created_at: grant.createdAt,
  }
}

/** Stands for a row that names no grantee, which no writer makes. */
const nobody: GrantParty = { type: 'service', service: '' }

function toParty(arn: string | null, service: string | null): GrantParty | undefined {
  if (arn !== null) return { type: 'principal', arn }
  return service === null ? undefined : { type: 'service', service }
}

type Pairs = [string, string][]

function toConstraints(stored: { equals?: Pairs; subset?: Pairs; sourceArn?: string }): GrantConstraints {
  return {
    encryptionContextEquals: stored.equals && new Map(stored.equals),
    encryptionContextSubset: stored.subset && new Map(stored.subset),
    sourceArn: stored.sourceArn,
  }
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
