import { arnOfTrail, type EventSelectors, type Trail } from '../../../domain/index.ts'
import { parseJson } from '../../../std/index.ts'
import type { SigningKey, TrailChain } from '../../contract/trails.ts'
import type { EntityRows } from '../authenticity/macs.ts'
import { fromTags, toTags } from '../identities/rows.ts'

export interface TrailRow {
  trail_id: string
  account_id: string
  /** The home Region. */
  region: string
  trail_name: string
  created_at: number
  s3_bucket_name: string
  s3_key_prefix: string | null
  kms_key_arn: string | null
  include_global_service_events: number
  is_multi_region_trail: number
  log_file_validation_enabled: number
  recursive_logging: number
  /** JSON. */
  selectors: string
  is_logging: number
  logging_started_at: number | null
  logging_stopped_at: number | null
  /** JSON: pairs. */
  tags: string
}

export interface TrailChainRow {
  trail_id: string
  region: string
  trail_arn: string
  due_at: number | null
  /** JSON: the rest of the chain. */
  progress: string
}

export interface SigningKeyRow {
  key_id: string
  purpose: string
  region: string
  account_id: string
  key_spec: string
  key_material_id: string
  key_token: Uint8Array
  public_key_token: Uint8Array
  public_key: Uint8Array
  fingerprint: string
  valid_from: number
  valid_to: number
}

function toTrail(row: TrailRow): Trail {
  return {
    trailId: row.trail_id,
    accountId: row.account_id,
    homeRegion: row.region,
    name: row.trail_name,
    createdAt: row.created_at,
    s3BucketName: row.s3_bucket_name,
    s3KeyPrefix: row.s3_key_prefix ?? undefined,
    kmsKeyArn: row.kms_key_arn ?? undefined,
    includeGlobalServiceEvents: row.include_global_service_events === 1,
    isMultiRegionTrail: row.is_multi_region_trail === 1,
    logFileValidationEnabled: row.log_file_validation_enabled === 1,
    recursiveLogging: row.recursive_logging === 1,
    selectors: parseJson(row.selectors) as EventSelectors,
    isLogging: row.is_logging === 1,
    loggingStartedAt: row.logging_started_at ?? undefined,
    loggingStoppedAt: row.logging_stopped_at ?? undefined,
    tags: toTags(row.tags),
  }
}

export function fromTrail(trail: Trail): TrailRow {
  return {
    trail_id: trail.trailId,
    account_id: trail.accountId,
    region: trail.homeRegion,
    trail_name: trail.name,
    created_at: trail.createdAt,
    s3_bucket_name: trail.s3BucketName,
    s3_key_prefix: trail.s3KeyPrefix ?? null,
    kms_key_arn: trail.kmsKeyArn ?? null,
    include_global_service_events: trail.includeGlobalServiceEvents ? 1 : 0,
    is_multi_region_trail: trail.isMultiRegionTrail ? 1 : 0,
    log_file_validation_enabled: trail.logFileValidationEnabled ? 1 : 0,
    recursive_logging: trail.recursiveLogging ? 1 : 0,
    selectors: JSON.stringify(trail.selectors),
    is_logging: trail.isLogging ? 1 : 0,
    logging_started_at: trail.loggingStartedAt ?? null,
    logging_stopped_at: trail.loggingStoppedAt ?? null,
    tags: fromTags(trail.tags),
  }
}

function toTrailChain({ trail_id, region, trail_arn, due_at, progress }: TrailChainRow): TrailChain {
  const rest = parseJson(progress) as Omit<TrailChain, 'trailId' | 'region' | 'trailArn' | 'dueAt'>
  return { ...rest, trailId: trail_id, region, trailArn: trail_arn, dueAt: due_at ?? undefined }
}

export function fromTrailChain({ trailId, region, trailArn, dueAt, ...rest }: TrailChain): TrailChainRow {
  return {
    trail_id: trailId,
    region,
    trail_arn: trailArn,
    due_at: dueAt ?? null,
    progress: JSON.stringify(rest),
  }
}

function toSigningKey(row: SigningKeyRow): SigningKey {
  return {
    keyId: row.key_id,
    purpose: row.purpose as SigningKey['purpose'],
    region: row.region,
    accountId: row.account_id,
    keySpec: row.key_spec,
    keyMaterialId: row.key_material_id,
    keyToken: row.key_token,
    publicKeyToken: row.public_key_token,
    publicKey: row.public_key,
    fingerprint: row.fingerprint,
    validFrom: row.valid_from,
    validTo: row.valid_to,
  }
}

export function fromSigningKey(key: SigningKey): SigningKeyRow {
  return {
    key_id: key.keyId,
    purpose: key.purpose,
    region: key.region,
    account_id: key.accountId,
    key_spec: key.keySpec,
    key_material_id: key.keyMaterialId,
    key_token: key.keyToken,
    public_key_token: key.publicKeyToken,
    public_key: key.publicKey,
    fingerprint: key.fingerprint,
    valid_from: key.validFrom,
    valid_to: key.validTo,
  }
}

export const trailRows: EntityRows<TrailRow, Trail> = {
  toEntity: toTrail,
  toAuthentic: row => ({
    kind: 'trail',
    domain: row.region,
    name: arnOfTrail(toNames(row)),
    content: () => toTrail(row),
  }),
}

/** The columns that name a trail. The others may hold anything in a row that was changed. */
const toNames = (row: TrailRow) => toTrail({ ...row, selectors: '[]', tags: '[]' })

export const trailChainRows: EntityRows<TrailChainRow, TrailChain> = {
  toEntity: toTrailChain,
  toAuthentic: row => ({
    kind: 'chain of a trail',
    domain: row.region,
    name: `${row.trail_arn} in ${row.region}`,
    content: () => toTrailChain(row),
  }),
}

export const signingKeyRows: EntityRows<SigningKeyRow, SigningKey> = {
  toEntity: toSigningKey,
  toAuthentic: row => ({
    kind: 'signing key',
    domain: row.region,
    name: row.key_id,
    content: () => toSigningKey(row),
  }),
}
