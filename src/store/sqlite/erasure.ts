import { type Kysely, sql } from 'kysely'
import type { Schema } from '../sql/schema.ts'
import type { Erasure } from '../sql/sql-store.ts'
import { type DatabaseFiles, partSizeBytes } from './database-files.ts'

const partsPerSecretMax = 32

/** A reader, such as a backup, keeps the log of changes from being cut. This often, and with these pauses, is it tried again. */
const foldsMax = 500
const pauseMillis = 20

/**
 * Makes sure that deleted secrets are in none of the database's files. SQLite overwrites deleted rows (`secure_delete`), and
 * the erasure writes the log of changes into the database and truncates the log. But a row that moved between pages before
 * its deletion may have left a copy in the free space of a page. If a file contains such a copy, the erasure rewrites the
 * database. The mark of a due erasure is SQLite's `user_version`, because transactions include it.
 */
export function erasureOf(db: Kysely<Schema>, files: DatabaseFiles): Erasure {
  return {
    mark: transaction => sql`PRAGMA user_version = 1`.execute(transaction),
    unmark: transaction => sql`PRAGMA user_version = 0`.execute(transaction),
    async erase(secrets) {
      await foldLog(db)
      const parts = secrets.flatMap(partsOf)
      if (!(await files.holdAny(parts))) return
      await rewrite(db)
      if (await files.holdAny(parts)) throw new Error('a deleted secret is still in the database')
    },
    close: () => files.close(),
  }
}

/** Rewrites the database if the last process ended before a due erasure: the secrets to search for are no longer known. */
export async function finishErasure(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ user_version: number }>`PRAGMA user_version`.execute(db)
  if (rows[0]?.user_version !== 1) return
  await rewrite(db)
  await sql`PRAGMA user_version = 0`.execute(db)
}

async function rewrite(db: Kysely<Schema>): Promise<void> {
  await sql`VACUUM`.execute(db)
  await foldLog(db)
}

/**
 * Writes the log of changes into the database, and truncates the log. Throws Error if readers of the log stay. SQLite reports a
 * log that could not be truncated as a result and not as an error.
 */
async function foldLog(db: Kysely<Schema>): Promise<void> {
  for (let fold = 0; fold < foldsMax; fold++) {
    const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db)
    if (rows[0]?.busy === 0) return
    await new Promise(resolve => setTimeout(resolve, pauseMillis))
  }
  throw new Error('a program keeps reading the log of changes of the database')
}

/** Returns parts from all over a secret. */
function partsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret)
  const step = Math.max(partSizeBytes, Math.ceil(bytes.length / partsPerSecretMax))
  const parts: Buffer[] = []
  for (let start = 0; start + partSizeBytes <= bytes.length; start += step)
    parts.push(bytes.subarray(start, start + partSizeBytes))
  return parts
}
