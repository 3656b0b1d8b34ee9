import type { Kysely } from 'kysely'
import type { KeyRecord, KmsKey, Scope } from '../../domain/index.ts'
import type { Millis } from '../../std/index.ts'
import type { DueEvent, KeyLabels, KeyUsageRecord } from '../contract/store.ts'
import { toKey, toKeyMaterial } from './rows.ts'
import type { Schema } from './schema.ts'

/** One statement, so that a key is seen as of one moment. */
export async function findKey(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
): Promise<KeyRecord | undefined> {
  const rows = await db
    .selectFrom('kms_keys as k')
    .leftJoin('key_materials as m', join =>
      join
        .onRef('m.account_id', '=', 'k.account_id')
        .onRef('m.region', '=', 'k.region')
        .onRef('m.key_id', '=', 'k.key_id'),
    )
    .selectAll('k')
    .select([
      'm.key_material_id',
      'm.token',
      'm.public_key_token',
      'm.created_at as material_created_at',
      'm.pending',
      'm.rotation_type',
      'm.rotated_at',
      'm.description as material_description',
      'm.expires_at',
    ])
    .where('k.account_id', '=', scope.accountId)
    .where('k.region', '=', scope.region)
    .where('k.key_id', '=', keyId)
    .orderBy('m.sequence')
    .execute()
  const [row] = rows
  if (row === undefined) return undefined
  const materials = rows.flatMap(item => {
    const { key_material_id, material_created_at: created_at, material_description: description } = item
    if (key_material_id === null || created_at === null) return []
    return [toKeyMaterial({ ...item, key_material_id, created_at, description })]
  })
  return { key: toKey(row), policy: row.policy, materials }
}

export async function listMembers(db: Kysely<Schema>, accountId: string, keyId: string): Promise<KmsKey[]> {
  const rows = await db
    .selectFrom('kms_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('key_id', '=', keyId)
    .orderBy('created_at')
    .orderBy('region')
    .execute()
  return rows.map(toKey)
}

export async function listDueKeys(
  db: Kysely<Schema>,
  what: DueEvent,
  now: Millis,
  limit: number,
): Promise<KmsKey[]> {
  const keys = db.selectFrom('kms_keys').selectAll('kms_keys').limit(limit)
  const query = {
    deletion: () =>
      keys.where('key_state', '=', 'PendingDeletion').where('deletion_at', '<=', now).orderBy('deletion_at'),
    transition: () => keys.where('settles_at', '<=', now).orderBy('settles_at'),
    // A multi-Region key rotates by its primary.
    rotation: () =>
      keys
        .where('rotation_next_at', '<=', now)
        .where('key_state', '=', 'Enabled')
        .where(eb => eb.or([eb('primary_region', 'is', null), eb('primary_region', '=', eb.ref('region'))]))
        .orderBy('rotation_next_at'),
    expiry: () =>
      keys
        .innerJoin(
          eb =>
            eb
              .selectFrom('key_materials')
              .select(['account_id', 'region', 'key_id'])
              .select(({ fn }) => fn.min('expires_at').as('first_expires_at'))
              .where('expires_at', '<=', now)
              .where('token', 'is not', null)
              .groupBy(['account_id', 'region', 'key_id'])
              .as('m'),
          join =>
            join
              .onRef('m.account_id', '=', 'kms_keys.account_id')
              .onRef('m.region', '=', 'kms_keys.region')
              .onRef('m.key_id', '=', 'kms_keys.key_id'),
        )
        .orderBy('m.first_expires_at'),
  }[what]
  return (await query().execute()).map(toKey)
}

export async function findKeyUsage(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
): Promise<KeyUsageRecord | undefined> {
  const row = await db
    .selectFrom('key_usages')
    .selectAll()
    .where('account_id', '=', scope.accountId)
    .where('region', '=', scope.region)
    .where('key_id', '=', keyId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { operation, used_at: usedAt, event_id: eventId, request_id: requestId } = row
  return { scope, keyId, operation, usedAt, eventId, requestId }
}

export async function findKeyLabels(
  db: Kysely<Schema>,
  { accountId, region }: Scope,
  keyId: string,
): Promise<KeyLabels> {
  const tags = await db
    .selectFrom('tags')
    .select(['tag_key as tagKey', 'tag_value as tagValue'])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('key_id', '=', keyId)
    .orderBy('tag_key')
    .execute()
  const aliases = await db
    .selectFrom('aliases')
    .select('alias_name as aliasName')
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('target_key_id', '=', keyId)
    .orderBy('alias_name')
    .execute()
  return { tags, aliasNames: aliases.map(({ aliasName }) => aliasName) }
}
