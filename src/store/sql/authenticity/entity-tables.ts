import { type Kysely, sql } from 'kysely'
import { accessKeyRows } from '../access-keys/rows.ts'
import { aliasRows } from '../aliases/rows.ts'
import { grantRows } from '../grants/rows.ts'
import {
  groupRows,
  keyPrincipalRows,
  managedPolicyRows,
  roleRows,
  trustPrincipalRows,
} from '../identities/rows.ts'
import { accountAliasRows, instanceProfileRows, oidcProviderRows } from '../providers/rows.ts'
import type { Schema } from '../schema.ts'
import { accountRows, seedEntryRows } from '../server/rows.ts'
import { auditCursorRows, witnessedHeadRows } from '../trails/audit-rows.ts'
import { signingKeyRows, trailChainRows, trailRows } from '../trails/rows.ts'
import type { EntityRows, MacColumn } from './macs.ts'

// The tables of all entities, for work on the whole database.

/** A row of any table. */
export type AnyRow = Readonly<Record<string, unknown>> & MacColumn

/** A table with its primary key. */
export interface EntityTable {
  readonly table: keyof Schema
  readonly key: readonly string[]
}

/** A table in which each row is an entity. */
interface RowTable extends EntityTable {
  readonly rows: EntityRows<AnyRow, unknown>
}

function rowTable<T extends keyof Schema>(
  table: T,
  key: readonly (keyof Schema[T] & string)[],
  rows: EntityRows<Schema[T], unknown>,
): RowTable {
  return { table, key, rows: rows as unknown as EntityRows<AnyRow, unknown> }
}

/** The tables in which each row is an entity. Keys and users have rows in several tables. */
export const rowTables: readonly RowTable[] = [
  rowTable('accounts', ['account_id'], accountRows),
  rowTable('aliases', ['account_id', 'region', 'alias_name'], aliasRows),
  rowTable('grants', ['account_id', 'region', 'key_id', 'grant_id'], grantRows),
  rowTable('iam_groups', ['group_id'], groupRows),
  rowTable('iam_roles', ['role_id'], roleRows),
  rowTable('iam_policies', ['policy_id'], managedPolicyRows),
  rowTable('key_policy_principals', ['account_id', 'region', 'key_id', 'principal'], keyPrincipalRows),
  rowTable('trust_policy_principals', ['role_id', 'principal'], trustPrincipalRows),
  rowTable('iam_instance_profiles', ['instance_profile_id'], instanceProfileRows),
  rowTable('iam_oidc_providers', ['account_id', 'host'], oidcProviderRows),
  rowTable('account_aliases', ['account_id'], accountAliasRows),
  rowTable('access_keys', ['access_key_id'], accessKeyRows),
  rowTable('seed_entries', ['entry'], seedEntryRows),
  rowTable('trails', ['trail_id'], trailRows),
  rowTable('trail_chains', ['trail_id', 'region'], trailChainRows),
  rowTable('signing_keys', ['key_id'], signingKeyRows),
  rowTable('audit_cursors', ['name', 'stream'], auditCursorRows),
  rowTable('witnessed_heads', ['account_id', 'stream', 'head'], witnessedHeadRows),
]

export const keyTable = { table: 'kms_keys', key: ['account_id', 'region', 'key_id'] } as const
export const roleTable = { table: 'iam_roles', key: ['role_id'] } as const
export const userTable = { table: 'users', key: ['account_id', 'user_name'] } as const

const pageRows = 500

/**
 * Reads a table in pages, in the order of its primary key. A row without a primary key, which nothing finds, is not read: no
 * page can follow it.
 */
export async function* pagesOf(
  db: Kysely<Schema>,
  { table, key }: EntityTable,
): AsyncGenerator<readonly AnyRow[]> {
  const columns = sql.join(key.map(name => sql.ref(name)))
  const hasKey = sql<boolean>`${sql.join(
    key.map(name => sql`${sql.ref(name)} is not null`),
    sql` and `,
  )}`
  let after: readonly unknown[] | undefined
  for (;;) {
    const isLater = after && sql<boolean>`(${columns}) > (${sql.join(after)})`
    let query = db.selectFrom(table).selectAll().where(hasKey).orderBy(columns).limit(pageRows)
    if (isLater !== undefined) query = query.where(isLater)
    const rows = (await query.execute()) as unknown as readonly AnyRow[]
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (rows.length < pageRows || last === undefined) return
    after = key.map(name => last[name])
  }
}

/** The condition that selects a row by its primary key. */
export function isRow({ key }: EntityTable, row: AnyRow) {
  return sql<boolean>`(${sql.join(key.map(name => sql.ref(name)))}) = (${sql.join(key.map(name => row[name]))})`
}
