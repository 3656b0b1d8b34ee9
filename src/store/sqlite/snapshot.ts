import { open, rm } from 'node:fs/promises'
import { backup, DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../std/index.ts'

/** The pages that are copied in one step. */
const pagesPerStep = 100

/**
 * Copies a database to `path` as it is at the moment when `hold` calls `pin`. The work of `hold` goes on until it resolves; the
 * copying comes after it and stops nobody. A second process may do this beside a server. Throws OperatorError.
 */
export async function snapshotDatabase(
  database: string,
  path: string,
  hold: (pin: () => void) => Promise<void>,
): Promise<void> {
  let source: DatabaseSync | undefined
  try {
    const reader = new DatabaseSync(database, { readOnly: true })
    source = reader
    await hold(() => {
      // A transaction has its snapshot from its first read on.
      reader.exec('BEGIN')
      reader.prepare('select count(*) from sqlite_schema').get()
    })
    await rm(path, { force: true })
    // SQLite keeps the mode of a file that exists.
    await (await open(path, 'wx', 0o600)).close()
    await backup(reader, path, { rate: pagesPerStep })
  } catch (error) {
    await rm(path, { force: true })
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The database ${database} cannot be copied: ${(error as Error).message}.`)
  } finally {
    source?.close()
  }
}

/**
 * Returns the envelope of the root key of a stopped database, without changing the database; undefined if it has none. Throws
 * OperatorError.
 */
export function readRootKeyEnvelope(database: string): string | undefined {
  let reader: DatabaseSync | undefined
  try {
    reader = new DatabaseSync(database, { readOnly: true })
    const tables = "select 1 from sqlite_schema where type = 'table' and name = 'root_keys'"
    if (reader.prepare(tables).get() === undefined) return undefined
    const row = reader.prepare("select envelope from root_keys where name = 'current'").get()
    return row === undefined ? undefined : String(row['envelope'])
  } catch (error) {
    throw new OperatorError(`The database ${database} cannot be read: ${(error as Error).message}.`)
  } finally {
    reader?.close()
  }
}
