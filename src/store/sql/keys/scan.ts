import { type Kysely, sql } from 'kysely'
import type { Scope, Tag } from '../../../domain/index.ts'
import type { KeyLine, KeyLines, KeyPlace, KeyWalk } from '../../contract/keys.ts'
import type { Schema } from '../schema.ts'

// Each statement reads at most `limit` rows of one index from a place on, so that a walk over many keys holds no thread for long.

const columns = { keyId: 'key_id', createdAt: 'created_at', keySpec: 'key_spec' } as const

/** Walks keys as `KeyReader.scan` does. */
export async function scanKeys(
  db: Kysely<Schema>,
  scope: Scope,
  walk: KeyWalk,
  limit: number,
): Promise<KeyLines> {
  const places = await nextPlaces(db, scope, walk, limit)
  const lines = await readLines(db, scope, places)
  const last = places.at(-1)
  const isWhole = places.length < limit
  return {
    lines: walk.order === 'alias' ? lines.filter(isAtItsPlace) : lines,
    examined: places.length,
    next: !isWhole ? last : walk.order === 'alias' && hasAliases(walk) ? withoutAlias : undefined,
  }
}

/** The begin of the keys without an alias. */
const withoutAlias: KeyPlace = { value: null, keyId: '' }

/** Whether a walk in the order of aliases has not come to the keys that have none. */
const hasAliases = ({ after }: KeyWalk) => after === undefined || after.value !== null

/** In the order of aliases, a key has the place of its first alias alone. */
const isAtItsPlace = ({ place, aliasNames }: KeyLine) => place.value === (aliasNames[0] ?? null)

function nextPlaces(db: Kysely<Schema>, scope: Scope, walk: KeyWalk, limit: number): Promise<KeyPlace[]> {
  if (walk.order === 'alias') {
    return hasAliases(walk)
      ? placesOfAliases(db, scope, walk, limit)
      : placesOfKeys(db, scope, { ...walk, isDescending: false }, 'key_id', limit).then(places =>
          places.map(({ keyId }) => ({ value: null, keyId })),
        )
  }
  return placesOfKeys(db, scope, walk, columns[walk.order], limit)
}

async function placesOfAliases(
  db: Kysely<Schema>,
  { accountId, region }: Scope,
  { isDescending, after }: KeyWalk,
  limit: number,
): Promise<KeyPlace[]> {
  let query = db
    .selectFrom('aliases')
    .select(['alias_name', 'target_key_id'])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
  if (after !== undefined) query = query.where('alias_name', isDescending ? '<' : '>', String(after.value))
  const rows = await query
    .orderBy('alias_name', isDescending ? 'desc' : 'asc')
    .limit(limit)
    .execute()
  return rows.map(row => ({ value: row.alias_name, keyId: row.target_key_id }))
}

async function placesOfKeys(
  db: Kysely<Schema>,
  { accountId, region }: Scope,
  { isDescending, after }: KeyWalk,
  column: 'key_id' | 'created_at' | 'key_spec',
  limit: number,
): Promise<KeyPlace[]> {
  const [direction, operator] = isDescending ? (['desc', sql`<`] as const) : (['asc', sql`>`] as const)
  let query = db
    .selectFrom('kms_keys')
    .select(['key_id', column])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
  if (after !== undefined)
    query =
      column === 'key_id'
        ? query.where('key_id', isDescending ? '<' : '>', after.keyId)
        : query.where(sql<boolean>`(${sql.ref(column)}, key_id) ${operator} (${after.value}, ${after.keyId})`)
  query = query.orderBy(column, direction)
  if (column !== 'key_id') query = query.orderBy('key_id', direction)
  const rows = await query.limit(limit).execute()
  return rows.map(row => ({ value: row[column], keyId: row.key_id }))
}

/** Reads what the rows say of the keys at these places, in their order. A key that is gone meanwhile is left out. */
async function readLines(
  db: Kysely<Schema>,
  { accountId, region }: Scope,
  places: readonly KeyPlace[],
): Promise<KeyLine[]> {
  if (places.length === 0) return []
  const keyIds = [...new Set(places.map(({ keyId }) => keyId))]
  const keys = await db
    .selectFrom('kms_keys')
    .select(['key_id', 'key_spec', 'key_usage', 'origin', 'key_state', 'key_manager', 'description'])
    .select(['created_at', 'primary_region', 'custom_key_store_id'])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('key_id', 'in', keyIds)
    .execute()
  const byId = new Map(keys.map(row => [row.key_id, row]))
  const aliases = await db
    .selectFrom('aliases')
    .select(['target_key_id', 'alias_name'])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('target_key_id', 'in', keyIds)
    .orderBy('target_key_id')
    .orderBy('alias_name')
    .execute()
  const tags = await db
    .selectFrom('tags')
    .select(['key_id', 'tag_key', 'tag_value'])
    .where('account_id', '=', accountId)
    .where('region', '=', region)
    .where('key_id', 'in', keyIds)
    .execute()
  const aliasesOf = Map.groupBy(aliases, row => row.target_key_id)
  const tagsOf = Map.groupBy(tags, row => row.key_id)
  return places.flatMap(place => {
    const row = byId.get(place.keyId)
    if (row === undefined) return []
    return {
      ...{ keyId: row.key_id, keySpec: row.key_spec, keyUsage: row.key_usage, origin: row.origin },
      ...{ keyState: row.key_state, keyManager: row.key_manager, description: row.description },
      createdAt: row.created_at,
      isMultiRegion: row.primary_region !== null,
      customKeyStoreId: row.custom_key_store_id ?? undefined,
      aliasNames: (aliasesOf.get(row.key_id) ?? []).map(alias => alias.alias_name),
      tags: (tagsOf.get(row.key_id) ?? []).map(
        (tag): Tag => ({ tagKey: tag.tag_key, tagValue: tag.tag_value }),
      ),
      place,
    }
  })
}
