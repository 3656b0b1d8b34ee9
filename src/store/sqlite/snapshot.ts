import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { backup, DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { OperatorError } from '../../std/index.ts'
import type { Hold } from '../contract/store.ts'
import { compareMigrations, migrationTable } from '../sql/migrations/index.ts'
import type { DatabaseFiles } from './database-files.ts'
import { checkIntegrity, type DatabaseError, explain } from './explain.ts'
import { refuseProgramsOf } from './schema-check.ts'

/** More pages than a database of 8 TiB has, so that one step copies all. */
const allPages = 2 ** 31 - 1

/** A database beside a snapshot that is being made: the copy, and SQLite's journal of it. */
const partsOf = (path: string) => [`${path}.partial`, `${path}.partial-journal`] as const

/**
 * Copies a database, which may be in use, as of one moment: that in which `hold` calls `pin`. `path` appears whole, with mode
 * 0600, and replaces a file that is there; a loss of power may lose it. The log of changes is not cut while the copy is made.
 * `files` are given by the process that writes the database, whose `hold` calls `pin` while no transaction is under way: then the
 * copy is faster. Rejects if the copy cannot be made or if `hold` does not pin; nothing is left then.
 */
export async function snapshotDatabase(
  database: string,
  path: string,
  hold: Hold,
  files?: DatabaseFiles,
): Promise<void> {
  const [partial] = partsOf(path)
  try {
    removeParts(path)
    closeSync(openSync(partial, 'wx', 0o600))
    await copyPinned(database, partial, hold, files)
    await rename(partial, path)
  } finally {
    removeParts(path)
  }
}

async function copyPinned(
  database: string,
  path: string,
  hold: Hold,
  files: DatabaseFiles | undefined,
): Promise<void> {
  const reader = openReader(database)
  try {
    let isInFile = false
    await hold(() => {
      // SQLite writes no changes to the file of the database that are after those which a reader sees. If none before are missing
      // there, the file stays as it is for as long as the transaction.
      isInFile = files?.foldLog() === true
      // The first read of a transaction decides which commits it sees.
      reader.exec('BEGIN; SELECT 1 FROM sqlite_schema')
    })
    if (!reader.isTransaction) throw new Error('the moment of the snapshot was not pinned')
    if (isInFile) await files?.copyTo(path)
    // In a thread of Node's pool.
    else await backup(reader, path, { rate: allPages })
  } finally {
    reader.close()
  }
}

function removeParts(path: string): void {
  for (const part of partsOf(path)) rmSync(part, { force: true })
}

/** The migrations of a database as this version of Keyward sees them. */
export interface InspectedDatabase {
  readonly applied: readonly string[]
  /** The ones that this version would apply. */
  readonly missing: readonly string[]
  /** The last migration that this version does not know, so that it refuses the database; undefined if it knows all. */
  readonly newer: string | undefined
}

/**
 * Returns the place at which a reader opens a database, and changes no file. While a program has the database open, its log of
 * changes is there. Without a log nobody has, and SQLite reads the file alone; otherwise it would make files for changes beside it.
 */
export function placeToRead(database: string): string | URL {
  if (!existsSync(database) || existsSync(`${database}-wal`)) return database
  const url = pathToFileURL(database)
  url.searchParams.set('immutable', '1')
  return url
}

/** A connection that can write would cut the log of changes when it closes as the last one. */
const openReader = (database: string) => new DatabaseSync(placeToRead(database), { readOnly: true })

/** Reads the migrations of a database, which may be in use, and changes nothing. Throws OperatorError if it cannot be read. */
export function inspectDatabase(database: string): InspectedDatabase {
  return read(database, reader => {
    const applied = hasTable(reader, migrationTable)
      ? reader.prepare(`select name from ${migrationTable} order by name`).all()
      : []
    const names = applied.map(({ name }) => `${name}`)
    return { applied: names, ...compareMigrations(names) }
  })
}

/** Checks the file of a database. It reads as `inspectDatabase` does. Throws OperatorError if the file is damaged. */
export function refuseDamaged(database: string): void {
  read(database, reader => checkIntegrity(sql => reader.prepare(sql).all()))
}

/**
 * Whether a database has domain keys and no row has a MAC, so that the next start makes all MACs. It reads as `inspectDatabase`
 * does. Throws OperatorError.
 */
export function lacksMacs(database: string): boolean {
  const hasRows = (reader: DatabaseSync, table: string) =>
    hasTable(reader, table) && reader.prepare(`select 1 from ${table} limit 1`).get() !== undefined
  return read(database, reader => hasRows(reader, 'domain_keys') && !hasRows(reader, 'domain_states'))
}

/**
 * Returns the envelope of the root key of a database, which may be in use; undefined if it has none. It reads as
 * `inspectDatabase` does. Throws OperatorError.
 */
export function readRootKeyEnvelope(database: string): string | undefined {
  return read(database, reader => {
    if (!hasTable(reader, 'root_keys')) return undefined
    const row = reader.prepare("select envelope from root_keys where name = 'current'").get()
    return row === undefined ? undefined : String(row['envelope'])
  })
}

function read<T>(database: string, work: (reader: DatabaseSync) => T): T {
  let reader: DatabaseSync | undefined
  try {
    const opened = openReader(database)
    reader = opened
    refuseProgramsOf(sql => opened.prepare(sql).all(), database)
    return work(opened)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(explain(database, error as DatabaseError))
  } finally {
    reader?.close()
  }
}

const hasTable = (reader: DatabaseSync, table: string) =>
  reader.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(table) !== undefined
