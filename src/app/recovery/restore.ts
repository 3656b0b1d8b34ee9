import { chmodSync, existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { AuditLog, findLastState, renderLogEvent } from '../../audit/index.ts'
import { type BackupManifest, isBackupName } from '../../backup/index.ts'
import {
  type Json,
  OperatorError,
  syncDirectorySync,
  systemClock,
  uuid,
  writePrivateFile,
} from '../../std/index.ts'
import {
  type CommitCounts,
  type DirectoryLock,
  isDirectoryLocked,
  lockDirectory,
  type Store,
} from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import { DataDirectory } from '../parts/data-directory.ts'
import { restoredCount } from '../parts/database-checks.ts'
import { type AskSecret, openRootKeyForCommand } from '../parts/seal/root-key-for-command.ts'
import { checkDirectory, type DirectoryCheck, refuseFaults } from './check-directory.ts'
import { type BackupInput, type OpenInput, withBackup } from './extract.ts'
import { keepMadeKeys } from './keep-made-keys.ts'
import { raiseKeyCounts } from './raise-key-counts.ts'
import { findStrangeKeeper, rootKeyNames } from './root-key.ts'

/** A restore that is asked for. */
export interface RestoreRequest extends BackupInput {
  /** Whether MACs and samples are checked; otherwise `keyward accept-restore` does that before the first start. */
  readonly hasRootKey: boolean
  /** Asks for the passphrase or the shares of the root key. */
  readonly ask?: AskSecret | undefined
  /** Called from time to time with the bytes that are written, and the bytes of all. */
  readonly progress: (written: number, of: number) => void
}

/** The outcome of a restore. */
export interface Restored {
  readonly madeAt: string
  readonly records: number
  /** Undefined without the root key. */
  readonly checked: DirectoryCheck['checked']
}

/**
 * Restores a backup into the data directory, which must be empty but for the root key, and verifies it. Throws OperatorError, and
 * the directory is as before then. After a kill the next restore begins again, and no server opens before.
 */
export async function restoreBackup(config: Config, request: RestoreRequest): Promise<Restored> {
  return await withBackup(request, async input => {
    const directory = new DataDirectory(config.dataDirectory)
    const made = missingParents(directory.path)
    const hadLock = existsSync(lockPath(directory))
    let lock: DirectoryLock | undefined
    let isDone = false
    try {
      directory.prepare()
      lock = lockDirectory(directory.path)
      const restored = await restoreInto(config, directory, request, input)
      isDone = true
      return restored
    } finally {
      lock?.release()
      // A file that is locked now belongs to a different process.
      if (!isDone && !hadLock && !isDirectoryLocked(directory.path))
        rmSync(lockPath(directory), { force: true })
      if (!isDone) for (const path of made) removeIfEmpty(path)
    }
  })
}

/** Takes the access of other users away, as of a directory that a server makes. A mount point may belong to root, and stays as it is. */
function keepPrivate(path: string): void {
  if (statSync(path).uid === process.getuid?.()) chmodSync(path, 0o700)
}

/** Returns the directories of a path that do not exist yet, the deepest first. */
function missingParents(path: string): string[] {
  return existsSync(path) || dirname(path) === path ? [] : [path, ...missingParents(dirname(path))]
}

const lockPath = ({ path }: DataDirectory) => join(path, 'keyward.lock')

async function restoreInto(
  config: Config,
  directory: DataDirectory,
  request: RestoreRequest,
  input: OpenInput,
): Promise<Restored> {
  const { manifest } = input
  const isBegun = existsSync(directory.restoreMarker)
  refuseUsed(config, directory, isBegun)
  if (isBegun) removeRestored(directory)
  rmSync(`${directory.restoreMarker}.new`, { force: true })
  writePrivateFile(directory.restoreMarker, `${JSON.stringify({ v: 1, backupId: manifest.backupId })}\n`)
  try {
    await input.extract(directory.path, request.progress)
    const check = await checkDirectory({
      ...{ config, directory, manifest, progress: () => undefined },
      openRootKey: async locked => {
        // Without the root key, too: accept-restore asks the keeper that the database names.
        const strange = await findStrangeKeeper(config, locked)
        if (strange !== undefined) throw new OperatorError(strange.reason)
        if (!request.hasRootKey) return undefined
        return await openRootKeyForCommand(config, { directory, locked }, request.ask)
      },
      whenWhole: store => recordRestore(config, directory, manifest, store),
    })
    refuseFaults(check)
    if (!request.hasRootKey) await recordRestore(config, directory, manifest, undefined)
    keepPrivate(directory.path)
    rmSync(directory.restoreMarker)
    syncDirectorySync(directory.path)
    return { madeAt: manifest.madeAt, records: check.records, checked: check.checked }
  } catch (error) {
    removeRestored(directory)
    throw error
  }
}

/** The folders of a data directory that backups have. */
const folders: readonly string[] = ['audit', 'tls']

/**
 * Throws OperatorError if the directory has files that a restore would mix with its own, before any is removed. `isBegun` says
 * whether a restore has begun before, whose files are replaced.
 */
function refuseUsed(config: Config, directory: DataDirectory, isBegun: boolean): void {
  const { path, database, restoreMarker } = directory
  const rootKeys = rootKeyNames(config, directory)
  const stray = rootKeys.find(isBackupName)
  if (stray !== undefined)
    throw new OperatorError(`The root key is ${stray}, which is the name of a file of backups. Move it.`)
  const made = ['', '-wal', '-shm'].map(suffix => `${database}${suffix}`)
  const known = new Set([
    // SQLite has a journal beside the lock that this process holds. A kill leaves the second name of a file that was written.
    ...['keyward.lock', 'keyward.lock-journal', 'lost+found', basename(`${restoreMarker}.new`)],
    ...rootKeys,
    ...rootKeys.map(file => file.split('/')[0] ?? '').filter(name => !folders.includes(name)),
    ...(isBegun ? [restoreMarker, ...made].map(file => basename(file)) : []),
    ...(isBegun ? folders : []),
  ])
  const names = readdirSync(path, { withFileTypes: true }).flatMap(entry => {
    const { name } = entry
    const files = entry.isDirectory() && folders.includes(name) ? readdirSync(join(path, name)) : []
    return files.length === 0 ? [name] : files.map(file => `${name}/${file}`)
  })
  const [name] = names.filter(found => !known.has(found) && !(isBegun && isBackupName(found)))
  if (name === undefined) return
  throw new OperatorError(
    `The data directory ${directory.path} is not empty: it has ${name}. A restore needs an empty directory, in which only the root key may be. Move the files away, or set KEYWARD_DATA_DIR to a different directory.`,
  )
}

/** Removes the files that a restore makes. The marker is the last, and it was there before the first of them. */
function removeRestored(directory: DataDirectory): void {
  const { path, database, auditLogs, tls } = directory
  // The root of a file system has folders that only root can read.
  const places = [
    ['', path],
    ['audit/', auditLogs],
    ['tls/', tls],
  ] as const
  for (const [prefix, folder] of places) {
    const names = existsSync(folder) ? readdirSync(folder) : []
    for (const name of names) if (isBackupName(prefix + name)) rmSync(join(folder, name), { force: true })
  }
  for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true })
  for (const folder of [auditLogs, tls]) removeIfEmpty(folder)
  rmSync(`${directory.restoreMarker}.new`, { force: true })
  rmSync(directory.restoreMarker, { force: true })
}

function removeIfEmpty(path: string): void {
  if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path)
}

/**
 * Records the restore in the restored log, raises the counts of keys in HSMs, and raises the commit counts, so that the database that was lost is the older one if it
 * comes back. Without the store only the log has the new counts: then no server starts until `keyward accept-restore` has raised
 * those of the database.
 */
async function recordRestore(
  config: Config,
  directory: DataDirectory,
  manifest: BackupManifest,
  store: Store | undefined,
): Promise<void> {
  const seen = { ...manifest.counts, ...(await findLastState(directory.auditLogs)) }
  const counts = { ...seen, ...store?.integrity.commitCounts() }
  const raised = raise(counts)
  const events = { failed: () => undefined, recovered: () => undefined }
  const log = await AuditLog.open(directory.auditLogs, systemClock, events)
  try {
    await log.append(describeRestore(manifest, counts, raised, config.regions[0] ?? ''))
    if (store !== undefined) {
      await keepMadeKeys(store)
      await raiseKeyCounts(store)
    }
    await store?.integrity.raiseCommitCounts(raised)
    const states = store?.integrity.commitCounts() ?? raised
    await log.noteStates(() => states)
  } finally {
    await log.close()
  }
}

function raise(counts: CommitCounts): CommitCounts {
  const now = systemClock.now()
  return Object.fromEntries(
    Object.entries(counts).map(([domain, count]) => [domain, restoredCount(count, now)]),
  )
}

function describeRestore(
  { backupId, madeAt, audit }: BackupManifest,
  counts: CommitCounts,
  raised: CommitCounts,
  region: string,
): string {
  const domains: Json = Object.keys(counts).map(domain => ({
    ...{ domain, change: counts[domain] ?? 0, countedFrom: raised[domain] ?? 0 },
  }))
  const serviceEventDetails = {
    operatingSystemUser: userInfo().username,
    ...{ backupId, madeAt, audit: { ...audit }, domains },
  }
  return renderLogEvent({
    ...{ eventId: uuid(), time: systemClock.now(), eventName: 'RestoreBackup', region },
    ...{ accountId: undefined, serviceEventDetails },
  })
}
