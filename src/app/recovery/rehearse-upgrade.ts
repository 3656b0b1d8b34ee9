import { pino } from 'pino'
import { type DatabaseState, findLastState } from '../../audit/index.ts'
import { OperatorError } from '../../std/index.ts'
import { isDirectoryLocked, type LockedStore, openSqliteStore, snapshotDatabase } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { checkDatabase } from '../parts/database-checks.ts'
import { openDatabase } from '../parts/first-start.ts'
import { keepMemoryPrivate } from '../parts/private-memory.ts'
import { findRootKeyAtHand } from './root-key.ts'
import { withTemporaryDirectory } from './temporary-directory.ts'

/** The outcome of an upgrade of a copy. */
export interface Rehearsal {
  /** The sentence about why a start would fail; undefined if it would not. */
  readonly fault: string | undefined
  /** Whether the rows were opened with the root key, and their sets checked, as a start does. */
  readonly hasCheckedRows: boolean
  /** The reason why they were not, if there is one. */
  readonly unchecked: string | undefined
}

/**
 * Upgrades a copy of the database as a start does, and checks it as a start does. The copy is in a temporary directory in the data
 * directory, because it must be on the same file system. It is removed afterwards, also after a signal. Throws OperatorError if
 * no copy can be made.
 */
export async function rehearseUpgrade(
  config: Config,
  directory: DataDirectory,
  isRunning: boolean,
): Promise<Rehearsal> {
  keepMemoryPrivate()
  try {
    return await withTemporaryDirectory(directory.rehearsalPrefix, path =>
      rehearse(config, directory, new DataDirectory(path), isRunning),
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'mkdtemp') throw error
    throw new OperatorError(
      `The data directory ${directory.path} cannot be written: ${(error as Error).message}. Run this command as the user of the server.`,
    )
  }
}

async function rehearse(
  config: Config,
  directory: DataDirectory,
  copy: DataDirectory,
  isRunning: boolean,
): Promise<Rehearsal> {
  // A server writes a state to its log after the commit, so this one is not newer than the copy.
  const seen = await findLastState(directory.auditLogs)
  await copyDatabase(directory, copy, isRunning)
  const about = (text: string) => text.replaceAll(copy.database, directory.database)
  let locked: LockedStore
  try {
    locked = await openSqliteStore(copy.database)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    refuseStarted(directory, isRunning)
    return { fault: about(error.message), hasCheckedRows: false, unchecked: undefined }
  }
  try {
    const rehearsal = await openRows(config, directory, locked, seen)
    refuseStarted(directory, isRunning)
    return rehearsal
  } finally {
    await locked.close()
  }
}

/** Opens the rows of the copy, if the root key is at hand. */
async function openRows(
  config: Config,
  directory: DataDirectory,
  locked: LockedStore,
  seen: DatabaseState | undefined,
): Promise<Rehearsal> {
  const nothing = { fault: undefined, hasCheckedRows: false, unchecked: undefined }
  if ((await locked.domainKeys.list()).length === 0) return nothing
  const found = await findRootKeyAtHand(config, locked, directory.path)
  if (found.rootKey === undefined) {
    const { reason, isFault } = found
    return isFault ? { ...nothing, fault: reason } : { ...nothing, unchecked: reason }
  }
  const { rootKey } = found
  try {
    const log = pino({ name: 'keyward', level: 'silent' })
    const { store, hsm } = await openDatabase({ locked, log, rootKey, mayUpgrade: seen === undefined }, [])
    try {
      await checkDatabase(store, seen)
      return { ...nothing, hasCheckedRows: true }
    } finally {
      hsm.close()
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { ...nothing, fault: error.message }
  } finally {
    rootKey.destroy()
  }
}

async function copyDatabase(
  directory: DataDirectory,
  copy: DataDirectory,
  isRunning: boolean,
): Promise<void> {
  try {
    await snapshotDatabase(directory.database, copy.database, async pin => pin())
  } catch (error) {
    throw new OperatorError(`The database cannot be copied: ${(error as Error).message}.`)
  }
  refuseStarted(directory, isRunning)
}

/** The files of a stopped server are read without locks, and a start removes the copy. Throws OperatorError. */
function refuseStarted({ path }: DataDirectory, isRunning: boolean): void {
  if (!isRunning && isDirectoryLocked(path))
    throw new OperatorError('A server started while the upgrade was tried. Run the command again.')
}
