import { Kysely, SqliteDialect } from 'kysely'
import { migrate } from '../sql/migrations/index.ts'
import { NodeSqlite } from './database.ts'
import { sqliteTypes } from './types.ts'

/**
 * Checks that the database has the tables and indexes that the migrations make, and nothing else. A trigger, or an index that
 * leaves out rows, would change what Keyward writes and finds, and no MAC would show it. Throws Error with a reason.
 */
export async function checkSchema(database: NodeSqlite): Promise<void> {
  const expected = new NodeSqlite(':memory:')
  try {
    const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: expected }) })
    await migrate(db, sqliteTypes)
    const [right, found] = [schemaOf(expected), schemaOf(database)]
    const names = new Set([...right.keys(), ...found.keys()])
    const changed = [...names].filter(name => right.get(name) !== found.get(name)).sort()
    if (changed.length > 0)
      throw new Error(
        `its schema was changed outside of Keyward (${changed.join(', ')}). Restore it from a backup`,
      )
  } finally {
    expected.close()
  }
}

/** Returns the statement that made each table, index, trigger and view, without the tables that ANALYZE makes. */
function schemaOf(database: NodeSqlite): Map<string, string> {
  const rows = database
    .prepare(
      "select type, name, tbl_name, sql from sqlite_schema where not (type = 'table' and name in ('sqlite_stat1', 'sqlite_stat4'))",
    )
    .all([]) as { type: string; name: string; tbl_name: string; sql: string | null }[]
  return new Map(rows.map(({ type, name, tbl_name, sql }) => [`${type} ${name}`, `${tbl_name} ${sql}`]))
}
