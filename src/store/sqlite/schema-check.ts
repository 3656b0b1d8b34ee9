import { Kysely } from 'kysely'
import { OperatorError } from '../../std/index.ts'
import { migrate } from '../sql/migrations/index.ts'
import { columnTypes } from './column-types.ts'
import { NodeSqlite } from './database.ts'
import { SlicedDialect } from './sliced-dialect.ts'

// MACs cover rows as they are read. A view or a trigger gives different rows to different reads, a new column can hold a MAC
// that is counted, and without an index two rows can have one key. So the schema must be the one that the migrations make.

/** Each table that the migrations make, with its columns and indexes. The names of indexes do not matter. */
type Tables = ReadonlyMap<string, string>

let expected: Promise<Tables> | undefined

/** Throws OperatorError if the schema of a migrated database was changed outside of Keyward. */
export async function checkSchema(database: NodeSqlite, path: string): Promise<void> {
  expected ??= tablesOfThisVersion()
  const foreign = listForeign(database)
  const found = tablesOf(database)
  const changed = [...(await expected)].filter(([table, text]) => found.get(table) !== text)
  const [fault] = [...foreign, ...changed.map(([table]) => `table ${table}`)]
  if (fault === undefined) return
  throw new OperatorError(
    `The database ${path} does not verify: its schema was changed outside of Keyward (${fault}). Restore it from a backup.`,
  )
}

async function tablesOfThisVersion(): Promise<Tables> {
  const database = new NodeSqlite(':memory:')
  const db = new Kysely<unknown>({ dialect: new SlicedDialect({ database }) })
  await migrate(db, columnTypes)
  const tables = tablesOf(database)
  await db.destroy()
  return tables
}

/** Lists what has no page of its own: triggers, views and virtual tables. Keyward makes none of them. */
function listForeign(database: NodeSqlite): string[] {
  const query = 'SELECT type, name FROM sqlite_schema WHERE coalesce(rootpage, 0) = 0'
  const rows = database.prepare(query).all([]) as { type: string; name: string }[]
  return rows.map(({ type, name }) => `${type} ${name}`)
}

function tablesOf(database: NodeSqlite): Tables {
  const columns = `SELECT t.name AS "table", c.name || ' ' || c."notnull" || c.pk || c.hidden AS part
    FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table'`
  const indexes = `SELECT t.name AS "table", i."unique" || i.partial || ' ' ||
      (SELECT group_concat(x.name || ' ' || x.coll || x."desc") FROM pragma_index_xinfo(i.name) x WHERE x.key) AS part
    FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table'`
  const parts = new Map<string, string[]>()
  for (const query of [columns, indexes]) {
    for (const { table, part } of database.prepare(query).all([]) as { table: string; part: string }[])
      parts.set(table, [...(parts.get(table) ?? []), part])
  }
  return new Map(Array.from(parts, ([table, of]) => [table, of.sort().join('\n')]))
}
