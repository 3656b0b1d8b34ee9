import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../std/index.ts'

export interface DirectoryLock {
  release(): void
}

/**
 * Claims a data directory for this process: a file of its own, held by SQLite's exclusive lock. The operating system
 * gives it up when the process ends, however it ends, so there is nothing stale to clean up after a crash.
 * Throws OperatorError where another process has it.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, 'keyward.lock')
  let database: DatabaseSync | undefined
  try {
    // SQLite gives its own files the mode of this one.
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
    ? `Another Keyward is running on the data directory ${directory}. Stop it first, or set KEYWARD_DATA_DIR to another directory.`
    : `The data directory ${directory} cannot be used: ${message}`
}
