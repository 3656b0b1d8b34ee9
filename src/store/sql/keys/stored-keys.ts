import { type Kysely, sql } from 'kysely'
import type { KeyRecord, Scope } from '../../../domain/index.ts'
import type { Schema } from '../schema.ts'
import type { KeyColumns } from '../scope.ts'
import { toKey, toKeyMaterial } from './rows.ts'

/** A key with its MAC. */
export interface StoredKey {
  readonly record: KeyRecord
  readonly mac: Uint8Array | null
}

/** Reads a key in one statement, so that the key and its materials are as of one moment. Checks no MAC. */
export async function readKey(
  db: Kysely<Schema>,
  scope: Scope,
  keyId: string,
): Promise<StoredKey | undefined> {
  const rows = await keyQuery(db)
    .where('k.account_id', '=', scope.accountId)
    .where('k.region', '=', scope.region)
    .where('k.key_id', '=', keyId)
    .execute()
  return toStoredKey(rows)
}

/** Reads several keys as `readKey` does, by the names that `nameOfKey` gives them. */
export async function readKeys(
  db: Kysely<Schema>,
  keys: readonly KeyColumns[],
): Promise<Map<string, StoredKey>> {
  const isOne = isOneOf(['k.account_id', 'k.region', 'k.key_id'], keys)
  const groups = Map.groupBy(await keyQuery(db).where(isOne).execute(), nameOfKey)
  const found = Array.from(groups, ([name, rows]) => [name, toStoredKey(rows)] as const)
  return new Map(found.flatMap(([name, stored]) => (stored === undefined ? [] : [[name, stored]])))
}

export const nameOfKey = ({ account_id, region, key_id }: KeyColumns) => `${account_id} ${region} ${key_id}`

/** The condition that the columns name one of the keys. */
export function isOneOf(columns: readonly string[], keys: readonly KeyColumns[]) {
  const values = keys.map(({ account_id, region, key_id }) => sql`(${account_id}, ${region}, ${key_id})`)
  return sql<boolean>`(${sql.join(columns.map(column => sql.ref(column)))}) in (values ${sql.join(values)})`
}

const keyQuery = (db: Kysely<Schema>) =>
  db
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
    .orderBy('m.sequence')

type JoinedRow = Awaited<ReturnType<ReturnType<typeof keyQuery>['execute']>>[number]

/** Returns the key of all its rows, by the sequence of its materials. */
function toStoredKey(rows: readonly JoinedRow[]): StoredKey | undefined {
  const [row] = rows
  if (row === undefined) return undefined
  const materials = rows.flatMap(item => {
    const { key_material_id, material_created_at: created_at, material_description: description } = item
    if (key_material_id === null || created_at === null) return []
    return [toKeyMaterial({ ...item, key_material_id, created_at, description })]
  })
  return { record: { key: toKey(row), policy: row.policy, materials }, mac: row.mac }
}
