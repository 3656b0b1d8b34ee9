import type { Kysely } from 'kysely'
import { OperatorError } from '../../../std/index.ts'
import type { Migrated } from '../../contract/store.ts'
import * as initial from './0001-initial.ts'
import * as wholeApi from './0002-whole-api.ts'
import * as identities from './0003-identities.ts'
import * as instanceProfiles from './0004-instance-profiles.ts'
import * as boundedLookUps from './0005-bounded-look-ups.ts'
import * as macs from './0006-macs.ts'
import * as trails from './0007-trails.ts'
import * as rootKeys from './0008-root-keys.ts'
import type { ColumnTypes } from './column-types.ts'

/** The migrations in order. A released migration never changes. */
const migrations = {
  '0001-initial': initial,
  '0002-whole-api': wholeApi,
  '0003-identities': identities,
  '0004-instance-profiles': instanceProfiles,
  '0005-bounded-look-ups': boundedLookUps,
  '0006-macs': macs,
  '0007-trails': trails,
  '0008-root-keys': rootKeys,
}

/** The table with the names of the migrations that a database has. */
export const migrationTable = 'keyward_migrations'

/**
 * Migrates the database to this version's schema in one transaction, so that an interrupted start changes nothing. Throws
 * OperatorError if a newer version wrote the database.
 */
export function migrate(db: Kysely<unknown>, types: ColumnTypes): Promise<Migrated> {
  return db.transaction().execute(async transaction => {
    const bookkeeping = transaction.withTables<{ [migrationTable]: { name: string } }>()
    await transaction.schema
      .createTable(migrationTable)
      .ifNotExists()
      .addColumn('name', 'text', column => column.primaryKey())
      .execute()
    const rows = await bookkeeping.selectFrom(migrationTable).select('name').orderBy('name').execute()
    const applied = rows.map(row => row.name)
    checkKnown(applied)
    const names: string[] = []
    for (const [name, { up }] of Object.entries(migrations)) {
      if (applied.includes(name)) continue
      await up(transaction, types)
      await bookkeeping.insertInto(migrationTable).values({ name }).execute()
      names.push(name)
    }
    return { from: applied.at(-1), names }
  })
}

/** Compares the migrations that a database has with those of this version. */
export function compareMigrations(applied: readonly string[]): {
  readonly missing: readonly string[]
  readonly isNewer: boolean
} {
  const missing = Object.keys(migrations).filter(name => !applied.includes(name))
  return { missing, isNewer: unknownOf(applied).length > 0 }
}

const unknownOf = (applied: readonly string[]) => applied.filter(name => !Object.hasOwn(migrations, name))

function checkKnown(applied: readonly string[]): void {
  const unknown = unknownOf(applied)
  if (unknown.length > 0) {
    throw new OperatorError(
      `The database was written by a newer version of Keyward (it has migration ${unknown.at(-1)}). Start that version instead.`,
    )
  }
}
