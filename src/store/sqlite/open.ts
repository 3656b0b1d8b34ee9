import { chmodSync, closeSync, openSync } from 'node:fs'
import { Kysely } from 'kysely'
import { OperatorError } from '../../std/index.ts'
import type { LockedStore } from '../contract/store.ts'
import { SqlUnverifiedAccessKeyReader } from '../sql/access-keys/unverified.ts'
import { Macs } from '../sql/authenticity/macs.ts'
import { migrate } from '../sql/migrations/index.ts'
import { whileQuiet } from '../sql/quiet.ts'
import type { Schema } from '../sql/schema.ts'
import { SqlDomainKeyReader } from '../sql/server/domain-keys.ts'
import { putEnvelope, SqlRootKeyReader } from '../sql/server/root-keys.ts'
import { SqlStore } from '../sql/sql-store.ts'
import { NodeSqlite } from './database.ts'
import { DatabaseFiles } from './database-files.ts'
import { erasureOf, finishErasure } from './erasure.ts'
import { checkIntegrity, type DatabaseError, explain } from './explain.ts'
import { checkSchema, refuseProgramsOf } from './schema-check.ts'
import { SlicedDialect } from './sliced-dialect.ts'
import { snapshotDatabase } from './snapshot.ts'
import { sqliteTypes } from './types.ts'

// A commit is on disk before it returns. SQLite overwrites deleted rows, because they may contain wrapped key material.
const settings = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  PRAGMA temp_store = MEMORY;
`

/**
 * Opens the SQLite database at `path`, or creates it, and migrates it to this version's schema. Throws OperatorError if the
 * file is damaged, cannot be written, or comes from a newer version.
 */
export async function openSqliteStore(path: string): Promise<LockedStore> {
  let database: NodeSqlite | undefined
  try {
    makePrivate(path)
    const opened = new NodeSqlite(path)
    database = opened
    database.exec(settings)
    refuseProgramsOf(sql => opened.prepare(sql).all([]), path)
    checkIntegrity(sql => opened.prepare(sql).all([]))
    const db = new Kysely<Schema>({ dialect: new SlicedDialect({ database }) })
    const migrated = await migrate(db as Kysely<unknown>, sqliteTypes)
    await checkSchema(database, path)
    await finishErasure(db)
    const files = await DatabaseFiles.open(path, database)
    const erasure = erasureOf(db, files)
    return {
      domainKeys: new SqlDomainKeyReader(db),
      accessKeys: new SqlUnverifiedAccessKeyReader(db),
      rootKeys: {
        find: () => new SqlRootKeyReader(db).find(),
        put: envelope => putEnvelope(db, envelope),
      },
      migrated,
      whileQuiet: work => whileQuiet(db, work),
      snapshot: (copy, hold) => snapshotDatabase(path, copy, hold, files),
      unlock: (authenticator, onBroken) => SqlStore.open(db, erasure, new Macs(authenticator, onBroken)),
      async close() {
        await db.destroy()
        await erasure.close()
      },
    }
  } catch (error) {
    database?.close()
    if (error instanceof OperatorError) throw error
    throw new OperatorError(explain(path, error as DatabaseError))
  }
}

function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}
