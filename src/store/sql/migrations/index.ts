import type { ColumnDataType, Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { OperatorError } from '../../../std/index.ts'
import * as initial from './0001-initial.ts'

/** The two column types whose names differ between databases. */
export interface ColumnTypes {
  readonly bytes: ColumnDataType
  /** 64 bits. */
  readonly integer: ColumnDataType
}

/** In order; a migration that has been released is never edited. */
const migrations = { '0001-initial': initial }

const migrationTable = 'keyward_migrations'

/** Brings the database to this version's schema. Throws OperatorError where a newer version has been at it. */
export async function migrate(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const applied = await listApplied(db)
  const unknown = applied.filter(name => !Object.hasOwn(migrations, name))
  if (unknown.length > 0) {
    throw new OperatorError(
      `The database was written by a newer version of Keyward (it has migration ${unknown.at(-1)}). Start that version instead.`,
    )
  }
  if (applied.length === Object.keys(migrations).length) return
  const migrator = new Migrator({
    db,
    migrationTableName: migrationTable,
    migrationLockTableName: `${migrationTable}_lock`,
    provider: { getMigrations: async () => bind(types) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

function bind(types: ColumnTypes): Record<string, Migration> {
  return Object.fromEntries(
    Object.entries(migrations).map(([name, { up }]) => [
      name,
      { up: (db: Kysely<unknown>) => up(db, types) },
    ]),
  )
}

async function listApplied(db: Kysely<unknown>): Promise<string[]> {
  const tables = await db.introspection.getTables()
  if (!tables.some(table => table.name === migrationTable)) return []
  const rows = await db
    .withTables<{ [migrationTable]: { name: string } }>()
    .selectFrom(migrationTable)
    .select('name')
    .orderBy('name')
    .execute()
  return rows.map(row => row.name)
}
