import { open } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import type { Schema } from '../sql/schema.ts'
import type { Erasure } from '../sql/sql-store.ts'

const chunkSizeBytes = 1 << 20
/** Parts of this size are looked for, since no more than a part of what was there may be left. */
const partSizeBytes = 12
const partsPerSecretMax = 32

/**
 * Makes sure that what was deleted is in none of the database's files. SQLite overwrites deleted rows (`secure_delete`), and
 * the log of changes is folded in and cut; but rows that moved between pages before may have left copies in the space that
 * is free there. Where there is one, the database is written anew. The mark of what is still to be looked for is SQLite's
 * `user_version`, which is part of a transaction.
 */
export function erasureOf(db: Kysely<Schema>, path: string): Erasure {
  return {
    mark: transaction => sql`PRAGMA user_version = 1`.execute(transaction),
    unmark: transaction => sql`PRAGMA user_version = 0`.execute(transaction),
    async erase(secrets) {
      await foldLog(db)
      const parts = secrets.flatMap(partsOf)
      if ((await holdsAny(path, parts)) || (await holdsAny(`${path}-wal`, parts))) await writeAnew(db)
    },
  }
}

/** What a process that ended in between did not look for is not known any more, so the database is written anew. */
export async function finishErasure(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ user_version: number }>`PRAGMA user_version`.execute(db)
  if (rows[0]?.user_version !== 1) return
  await writeAnew(db)
  await sql`PRAGMA user_version = 0`.execute(db)
}

async function writeAnew(db: Kysely<Schema>): Promise<void> {
  await sql`VACUUM`.execute(db)
  await foldLog(db)
}

const foldLog = (db: Kysely<Schema>) => sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db)

/** Parts from all over a secret. */
function partsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret)
  const step = Math.max(partSizeBytes, Math.ceil(bytes.length / partsPerSecretMax))
  const parts: Buffer[] = []
  for (let start = 0; start + partSizeBytes <= bytes.length; start += step)
    parts.push(bytes.subarray(start, start + partSizeBytes))
  return parts
}

/** Reads chunk by chunk, so that requests are answered in between. */
async function holdsAny(path: string, parts: readonly Buffer[]): Promise<boolean> {
  const file = await open(path)
  try {
    const chunk = Buffer.alloc(chunkSizeBytes)
    for (let position = 0; ; position += chunkSizeBytes - partSizeBytes) {
      const { bytesRead } = await file.read(chunk, 0, chunkSizeBytes, position)
      const read = chunk.subarray(0, bytesRead)
      if (parts.some(part => read.includes(part))) return true
      if (bytesRead < chunkSizeBytes) return false
    }
  } finally {
    await file.close()
  }
}
