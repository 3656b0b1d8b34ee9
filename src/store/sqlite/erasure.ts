import { open } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import { inSlices } from '../../std/index.ts'
import type { Schema } from '../sql/schema.ts'
import type { Erasure } from '../sql/sql-store.ts'

const chunkSizeBytes = 1 << 20
/** The size of the parts to search for. A file may contain only a part of a deleted secret. */
const partSizeBytes = 12
const partsPerSecretMax = 32

/**
 * Makes sure that deleted secrets are in none of the database's files. SQLite overwrites deleted rows (`secure_delete`), and
 * the erasure writes the log of changes into the database and truncates the log. But a row that moved between pages before
 * its deletion may have left a copy in the free space of a page. If a file contains such a copy, the erasure rewrites the
 * database. The mark of a due erasure is SQLite's `user_version`, because transactions include it.
 */
export function erasureOf(db: Kysely<Schema>, path: string): Erasure {
  return {
    mark: transaction => sql`PRAGMA user_version = 1`.execute(transaction),
    unmark: transaction => sql`PRAGMA user_version = 0`.execute(transaction),
    async erase(secrets) {
      await foldLog(db)
      const parts = secrets.flatMap(partsOf)
      if ((await holdsAny(path, parts)) || (await holdsAny(`${path}-wal`, parts))) await rewrite(db)
    },
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

const foldLog = (db: Kysely<Schema>) => sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db)

/** Returns parts from all over a secret. */
function partsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret)
  const step = Math.max(partSizeBytes, Math.ceil(bytes.length / partsPerSecretMax))
  const parts: Buffer[] = []
  for (let start = 0; start + partSizeBytes <= bytes.length; start += step)
    parts.push(bytes.subarray(start, start + partSizeBytes))
  return parts
}

/** The parts that are searched for in one chunk before other work gets its turn. */
const partsPerTurn = 16

async function includesAny(chunk: Buffer, parts: readonly Buffer[]): Promise<boolean> {
  let isFound = false
  await inSlices(parts, partsPerTurn, some => {
    isFound ||= some.some(part => chunk.includes(part))
  })
  return isFound
}

/** Reads chunk by chunk, so that the server answers requests in between. */
async function holdsAny(path: string, parts: readonly Buffer[]): Promise<boolean> {
  const file = await open(path)
  try {
    const chunk = Buffer.alloc(chunkSizeBytes)
    for (let position = 0; ; position += chunkSizeBytes - partSizeBytes) {
      const { bytesRead } = await file.read(chunk, 0, chunkSizeBytes, position)
      const read = chunk.subarray(0, bytesRead)
      if (await includesAny(read, parts)) return true
      if (bytesRead < chunkSizeBytes) return false
    }
  } finally {
    await file.close()
  }
}
