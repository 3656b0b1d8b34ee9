import { type Kysely, sql } from 'kysely'
import { accessKeyRows } from '../access-keys/rows.ts'
import { aliasRows } from '../aliases/rows.ts'
import { customKeyStoreRows } from '../custom-key-stores/rows.ts'
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
import { tokenKeyCountRows, tokenKeyTaskRows } from '../token-keys/rows.ts'
import { auditCursorRows, witnessedHeadRows } from '../trails/audit-rows.ts'
import { signingKeyRows, trailChainRows, trailRows } from '../trails/rows.ts'
import { vpcEndpointRows } from '../vpc-endpoints/rows.ts'
import type { EntityRows, MacColumn } from './macs.ts'

// The tables of all entities, for work on the whole database.

/** A row of any table. */
export type AnyRow = Readonly<Record<string, unknown>> & MacColumn

/** A table with its primary key. */
export interface EntityTable {
  readonly table: keyof Schema
  readonly key: readonly string[]
  /** Whether the Region of a row is its domain; otherwise all rows are of the global domain. */
  readonly isRegional: boolean
}

/** A table in which each row is an entity. */
export interface RowTable extends EntityTable {
  readonly rows: EntityRows<AnyRow, unknown>
}

function rowTable<T extends keyof Schema>(
  table: T,
  key: readonly (keyof Schema[T] & string)[],
  rows: EntityRows<Schema[T], unknown>,
): RowTable {
  return { table, key, isRegional: false, rows: rows as unknown as EntityRows<AnyRow, unknown> }
}

const regional = (table: RowTable): RowTable => ({ ...table, isRegional: true })

/** The tables in which each row is an entity. Keys and users have rows in several tables. */
export const rowTables: readonly RowTable[] = [
  rowTable('accounts', ['account_id'], accountRows),
  regional(rowTable('aliases', ['account_id', 'region', 'alias_name'], aliasRows)),
  regional(rowTable('grants', ['account_id', 'region', 'key_id', 'grant_id'], grantRows)),
  regional(
    rowTable('custom_key_stores', ['account_id', 'region', 'custom_key_store_id'], customKeyStoreRows),
  ),
  regional(rowTable('token_key_tasks', ['account_id', 'region', 'key_id'], tokenKeyTaskRows)),
  regional(
    rowTable('token_key_counts', ['account_id', 'region', 'key_id', 'key_material_id'], tokenKeyCountRows),
  ),
  regional(rowTable('vpc_endpoints', ['account_id', 'region', 'vpc_endpoint_id'], vpcEndpointRows)),
  rowTable('iam_groups', ['group_id'], groupRows),
  rowTable('iam_roles', ['role_id'], roleRows),
  rowTable('iam_policies', ['policy_id'], managedPolicyRows),
  regional(
    rowTable('key_policy_principals', ['account_id', 'region', 'key_id', 'principal'], keyPrincipalRows),
  ),
  rowTable('trust_policy_principals', ['role_id', 'principal'], trustPrincipalRows),
  rowTable('iam_instance_profiles', ['instance_profile_id'], instanceProfileRows),
  rowTable('iam_oidc_providers', ['account_id', 'host'], oidcProviderRows),
  rowTable('account_aliases', ['account_id'], accountAliasRows),
  rowTable('access_keys', ['access_key_id'], accessKeyRows),
  rowTable('seed_entries', ['entry'], seedEntryRows),
  regional(rowTable('trails', ['trail_id'], trailRows)),
  regional(rowTable('trail_chains', ['trail_id', 'region'], trailChainRows)),
  regional(rowTable('signing_keys', ['key_id'], signingKeyRows)),
  rowTable('audit_cursors', ['name', 'stream'], auditCursorRows),
  rowTable('witnessed_heads', ['account_id', 'stream', 'head'], witnessedHeadRows),
]

export const keyTable = {
  table: 'kms_keys',
  key: ['account_id', 'region', 'key_id'],
  isRegional: true,
} as const
export const roleTable = { table: 'iam_roles', key: ['role_id'], isRegional: false } as const
export const userTable = { table: 'users', key: ['account_id', 'user_name'], isRegional: false } as const

const pageRows = 500

/** Reads a table in pages, in the order of its primary key: all columns, or the primary key with the given ones. */
export async function* pagesOf(
  db: Kysely<Schema>,
  table: EntityTable,
  columns?: readonly string[],
): AsyncGenerator<readonly AnyRow[]> {
  let after: readonly unknown[] | null = null
  for (;;) {
    const rows: readonly AnyRow[] = await readPage(db, table, { after, limit: pageRows, columns })
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (rows.length < pageRows || last === undefined) return
    after = keyOf(table, last)
  }
}

/** A part of a table. */
interface TablePage {
  /** The primary key of the row before the page; null for the first page. */
  readonly after: readonly unknown[] | null
  readonly limit: number
  readonly columns?: readonly string[] | undefined
  /** The Regions of the rows; undefined for all rows. */
  readonly regions?: readonly string[]
}

/**
 * Reads a page of a table, in the order of its primary key. A row without a primary key, which nothing finds, is left out: no
 * page can follow it.
 */
export async function readPage(
  db: Kysely<Schema>,
  { table, key }: EntityTable,
  { after, limit, columns, regions }: TablePage,
): Promise<readonly AnyRow[]> {
  const order = sql.join(key.map(name => sql.ref(name)))
  const conditions = key.map(name => sql<boolean>`${sql.ref(name)} is not null`)
  if (after !== null) conditions.push(sql<boolean>`(${order}) > (${sql.join(after)})`)
  // An index of Regions would be no help: the rows of a Region would have to be sorted before the first one is read.
  if (regions !== undefined) conditions.push(sql<boolean>`coalesce(region, '') in (${sql.join(regions)})`)
  const selected =
    columns === undefined
      ? sql.raw('*')
      : sql.join([...new Set([...key, ...columns])].map(name => sql.ref(name)))
  const { rows } =
    await sql<AnyRow>`select ${selected} from ${sql.table(table)} where ${sql.join(conditions, sql` and `)} order by ${order} limit ${limit}`.execute(
      db,
    )
  return rows
}

/** Returns the primary key of a row. */
export const keyOf = ({ key }: EntityTable, row: AnyRow): unknown[] => key.map(name => row[name])

/** The condition that selects a row by its primary key. */
export function isRow(table: EntityTable, row: AnyRow) {
  return sql<boolean>`(${sql.join(table.key.map(name => sql.ref(name)))}) = (${sql.join(keyOf(table, row))})`
}
