import { Kysely, SqliteDialect } from 'kysely'
import { OperatorError, sha256Hex } from '../../std/index.ts'
import { migrate } from '../sql/migrations/index.ts'
import { NodeSqlite } from './database.ts'
import { sqliteTypes } from './types.ts'

/**
 * Checks that the database has the tables and indexes that the migrations make, without triggers and views. MACs cover rows as
 * they are read: a view or a trigger gives different rows to different reads, a new column can hold a MAC that is counted, and
 * without an index two rows can have one key. Tables that Keyward does not know do no harm. Throws OperatorError.
 */
export async function checkSchema(database: NodeSqlite, path: string): Promise<void> {
  if (digestSchema(database) === schemaDigest) return
  const right = await schemaOfThisVersion()
  const tables = new Set(right.values().map(({ table }) => table))
  const found = readSchema(database).filter(
    ({ type, table }) => tables.has(table) || !['table', 'index'].includes(type),
  )
  const foundByName = byName(found)
  const names = [...new Set([...right.keys(), ...foundByName.keys()])].sort()
  const changed = names.filter(name => right.get(name)?.sql !== foundByName.get(name)?.sql)
  if (changed.length === 0) return
  throw changedSchema(path, changed)
}

/**
 * Checks that no SQL of the database itself runs when its rows are read or written: no triggers and views, no virtual tables,
 * whose rows a view can give, and no generated columns. It must be called before all other statements: a trigger that counts without
 * end would hang the first migration. Throws OperatorError.
 */
export function refuseProgramsOf(read: (sql: string) => unknown[], path: string): void {
  // The second statement is safe only without a view of the name of its function.
  const statements = [
    `select type || ' ' || name as item from sqlite_schema
      where type not in ('table', 'index') or coalesce(rootpage, 0) = 0`,
    `select distinct 'table ' || s.name as item from sqlite_schema s, pragma_table_xinfo(s.name) c
      where s.type = 'table' and c.hidden > 1`,
  ]
  for (const statement of statements) {
    const items = (read(statement) as { item: string }[]).map(({ item }) => item)
    if (items.length > 0) throw changedSchema(path, items)
  }
}

const changedSchema = (path: string, items: readonly string[]) =>
  new OperatorError(
    `The database ${path} does not verify: its schema was changed outside of Keyward (${items.join(', ')}). Restore it from a backup.`,
  )

/**
 * The digest of the schema that the migrations make. To run them in memory takes a tenth of a start, so a start does it only
 * for a schema with a different digest: one that was changed, has tables of others, or was written by a different SQLite.
 */
export const schemaDigest = 'f8f0d9e58ff3201ffaf9d26acb71c6ebb864a2bafe042436eec6bded36cc526b'

/** Returns the digest of all that `checkSchema` compares. */
export function digestSchema(database: NodeSqlite): string {
  const items = readSchema(database).map(({ type, name, table, sql }) =>
    JSON.stringify([type, name, table, sql]),
  )
  return sha256Hex(items.sort().join('\n'))
}

/** A table, index, trigger or view, with the statement that made it. */
interface SchemaItem {
  readonly type: string
  readonly name: string
  readonly table: string
  readonly sql: string
}

async function schemaOfThisVersion(): Promise<Map<string, SchemaItem>> {
  const database = new NodeSqlite(':memory:')
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
  await migrate(db, sqliteTypes)
  const items = byName(readSchema(database))
  await db.destroy()
  return items
}

const byName = (items: readonly SchemaItem[]) =>
  new Map(items.map(item => [`${item.type} ${item.name}`, item]))

/** Reads the schema. The indexes that SQLite makes itself have no statement. */
function readSchema(database: NodeSqlite): SchemaItem[] {
  const query = "select type, name, tbl_name as 'table', coalesce(sql, 'none') as sql from sqlite_schema"
  return database.prepare(query).all([]) as SchemaItem[]
}
