import { closeSync, openSync, rmSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { OperatorError, syncDirectory } from '../../std/index.ts'
import { compareMigrations, migrationTable } from '../sql/migrations/index.ts'

/** The pages that are copied at once, in a thread of Node's pool. */
const pagesPerStep = 100

/** A database beside a snapshot that is being made: the copy, and SQLite's journal of it. */
const partsOf = (path: string) => [`${path}.partial`, `${path}.partial-journal`] as const

/**
 * Copies a database, which may be in use, as of one moment: that in which `hold` calls `pin`. `path` appears whole, with mode
 * 0600, and replaces a file that is there. The log of changes is not cut while the copy is made. Rejects if the copy cannot be
 * made or if `hold` does not pin; nothing is left then.
 */
export async function snapshotDatabase(
  database: string,
  path: string,
  hold: (pin: () => void) => Promise<void>,
): Promise<{ readonly sizeBytes: number }> {
  const [partial] = partsOf(path)
  try {
    removeParts(path)
    closeSync(openSync(partial, 'wx', 0o600))
    await copyPinned(database, partial, hold)
    const sizeBytes = await syncFile(partial)
    await rename(partial, path)
    await syncDirectory(dirname(path))
    return { sizeBytes }
  } finally {
    removeParts(path)
  }
}

async function copyPinned(
  database: string,
  path: string,
  hold: (pin: () => void) => Promise<void>,
): Promise<void> {
  // A connection that can write would cut the log of changes when it closes as the last one.
  const reader = new DatabaseSync(database, { readOnly: true })
  try {
    // The first read of a transaction decides which commits it sees.
    await hold(() => reader.exec('BEGIN; SELECT 1 FROM sqlite_schema'))
    if (!reader.isTransaction) throw new Error('the moment of the snapshot was not pinned')
    await backup(reader, path, { rate: pagesPerStep })
  } finally {
    reader.close()
  }
}

function removeParts(path: string): void {
  for (const part of partsOf(path)) rmSync(part, { force: true })
}

/** Makes the contents of a file durable. Returns its size. */
async function syncFile(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    await file.sync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

/** The migrations of a database as this version of Keyward sees them. */
export interface InspectedDatabase {
  readonly applied: readonly string[]
  /** The ones that this version would apply. */
  readonly missing: readonly string[]
  /** Whether a newer version wrote the database, so that this one refuses it. */
  readonly isNewer: boolean
}

/** Reads the migrations of a database, which may be in use, and changes nothing. Throws OperatorError if it cannot be read. */
export function inspectDatabase(database: string): InspectedDatabase {
  let reader: DatabaseSync | undefined
  try {
    reader = new DatabaseSync(database, { readOnly: true })
    const hasAny = reader.prepare(`select 1 from sqlite_schema where name = '${migrationTable}'`).get()
    const rows = hasAny ? reader.prepare(`select name from ${migrationTable} order by name`).all() : []
    const applied = rows.map(({ name }) => `${name}`)
    return { applied, ...compareMigrations(applied) }
  } catch (error) {
    throw new OperatorError(`The database ${database} cannot be read: ${(error as Error).message}.`)
  } finally {
    reader?.close()
  }
}
