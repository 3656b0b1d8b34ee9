import { Kysely, SqliteDialect } from 'kysely'
import { OperatorError } from '../../std/index.ts'
import { migrate } from '../sql/migrations/index.ts'
import { NodeSqlite } from './database.ts'
import { sqliteTypes } from './types.ts'

/**
 * Checks that the database has the tables and indexes that the migrations make, without triggers and views. MACs cover rows as
 * they are read: a view or a trigger gives different rows to different reads, a new column can hold a MAC that is counted, and
 * without an index two rows can have one key. Tables that Keyward does not know do no harm. Throws OperatorError.
 */
export async function checkSchema(database: NodeSqlite, path: string): Promise<void> {
  const right = await schemaOfThisVersion()
  const tables = new Set(right.values().map(({ table }) => table))
  const found = readSchema(database).filter(
    ({ type, table }) => tables.has(table) || !['table', 'index'].includes(type),
  )
  const foundByName = byName(found)
  const names = [...new Set([...right.keys(), ...foundByName.keys()])].sort()
  const changed = names.filter(name => right.get(name)?.sql !== foundByName.get(name)?.sql)
  if (changed.length === 0) return
  throw new OperatorError(
    `The database ${path} does not verify: its schema was changed outside of Keyward (${changed.join(', ')}). Restore it from a backup.`,
  )
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
