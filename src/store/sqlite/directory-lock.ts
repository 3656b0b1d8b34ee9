import { closeSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isThere, OperatorError } from '../../std/index.ts'

/** The claim of this process on a data directory. */
export interface DirectoryLock {
  release(): void
}

/** A look at the lock takes microseconds, and a claim waits for it. */
const lookMillisMax = 250

/**
 * Claims a data directory for this process with SQLite's exclusive lock on a file for this purpose. The operating system
 * releases the lock when the process ends, however it ends, so no stale lock is left after a crash. Throws OperatorError if
 * a different process holds the lock.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, 'keyward.lock')
  let database: DatabaseSync | undefined
  try {
    refusePipe(path)
    // SQLite gives its own files the mode of this file.
    closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path, { timeout: lookMillisMax })
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw new OperatorError(explain(directory, error))
  }
  const held = database
  return { release: () => held.close() }
}

/**
 * Whether a process holds the lock on a data directory. It shares the lock for a moment, for which a claim
 * waits, and makes no file. Throws OperatorError if the lock file cannot be read.
 */
export function isDirectoryLocked(directory: string): boolean {
  const path = join(directory, 'keyward.lock')
  if (!isThere(path)) return false
  let database: DatabaseSync | undefined
  try {
    refusePipe(path)
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    if ((error as { errcode?: number }).errcode === sqliteBusy) return true
    throw new OperatorError(explain(directory, error))
  } finally {
    database?.close()
  }
}

const sqliteBusy = 5

/** To open a pipe waits for its other end. */
function refusePipe(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO() === true) throw new Error(`${path} is a pipe`)
}

function explain(directory: string, error: unknown): string {
  const { errcode, message } = error as { errcode?: number; message: string }
  return errcode === sqliteBusy
    ? `Another Keyward is running on the data directory ${directory}. Stop it first, or set KEYWARD_DATA_DIR to a different directory.`
    : `The data directory ${directory} cannot be used: ${message}`
}
