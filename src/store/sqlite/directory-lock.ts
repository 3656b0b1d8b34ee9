import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../std/index.ts'

/** The claim of this process on a data directory. */
export interface DirectoryLock {
  release(): void
}

/**
 * Claims a data directory for this process with SQLite's exclusive lock on a file for this purpose. The operating system
 * releases the lock when the process ends, however it ends, so no stale lock is left after a crash. Throws OperatorError if
 * a different process holds the lock.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, 'keyward.lock')
  let database: DatabaseSync | undefined
  try {
    // SQLite gives its own files the mode of this file.
    closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw new OperatorError(explain(directory, error))
  }
  const held = database
  return { release: () => held.close() }
}

function explain(directory: string, error: unknown): string {
  const { errcode, message } = error as { errcode?: number; message: string }
  const sqliteBusy = 5
  return errcode === sqliteBusy
    ? `Another Keyward is running on the data directory ${directory}. Stop it first, or set KEYWARD_DATA_DIR to a different directory.`
    : `The data directory ${directory} cannot be used: ${message}`
}
