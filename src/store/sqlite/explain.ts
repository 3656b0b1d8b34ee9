import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** An error of SQLite, or of the file system. */
export type DatabaseError = Error & {
  /** The extended result code of SQLite (sqlite.org/rescode.html), whose low byte is the primary one. */
  readonly errcode?: number
}

/** A disk with less than this is full for SQLite, whose index of the log of changes takes 32 KiB at once. */
const fullBelowBytes = 64 * 1024

const full = 'The disk is full: make room on it. The database need not be restored'
const ownUser = 'Run this command as the user of the server'
const restore = 'Restore it from a backup'

/** The advice for primary result codes. A code that is not here says enough by itself. */
const advice: Readonly<Record<number, string>> = {
  3: ownUser,
  5: 'End the program that has locked it',
  8: ownUser,
  10: 'The disk failed: look for its errors in the log of the system, and restore a backup only if the file is damaged',
  11: restore,
  13: full,
  14: ownUser,
  23: ownUser,
  26: restore,
}

/** Returns the message to the operator about a database that SQLite cannot use. */
export function explain(path: string, { message, errcode = 0 }: DatabaseError): string {
  const primary = errcode & 0xff
  const isFull = (primary === 10 || primary === 14) && hasNoRoom(path)
  const text = isFull ? full : advice[primary]
  return `The database ${path} cannot be opened: ${message}.${text === undefined ? '' : ` ${text}.`}`
}

function hasNoRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < fullBelowBytes
  } catch {
    return false
  }
}

/** Checks the indexes, too: an index that lacks a row would hide it, such as the membership in a group. `run` runs SQL. */
export function checkIntegrity(run: (sql: string) => unknown[]): void {
  const [first] = run('PRAGMA integrity_check(1)') as { integrity_check: string }[]
  if (first?.integrity_check !== 'ok')
    throw new Error(`it is damaged (${first?.integrity_check.replaceAll(/\s+/g, ' ')}). ${restore}`)
}
