import { pino } from 'pino'
import { type DatabaseState, findLastState } from '../../audit/index.ts'
import type { BackupManifest } from '../../backup/index.ts'
import type { RootKey } from '../../hsm/index.ts'
import { OperatorError } from '../../std/index.ts'
import { inspectDatabase, type LockedStore, openSqliteStore, type Store } from '../../store/index.ts'
import { findFaultsOfOwnFiles } from '../../tls/index.ts'
import { verifyAuditLog } from '../audit-check.ts'
import type { Config } from '../config/config.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { findOlderDomains } from '../parts/database-checks.ts'
import { openDatabase } from '../parts/first-start.ts'
import { findFaultsOfDatabase, findFaultsOfLog } from './check-facts.ts'
import { checkSamples } from './samples.ts'

/** The outcome of a check of what a backup has. */
export interface DirectoryCheck {
  /** The texts of the faults, without a full stop. */
  readonly faults: readonly string[]
  /** The records of the audit log, and its signed heads. */
  readonly records: number
  readonly heads: number
  /** The number of entities whose MACs were checked, and of samples; undefined without the root key. */
  readonly checked: { readonly entities: number; readonly samples: number } | undefined
}

/** The parts of a check of a directory that has the files of a backup. */
export interface DirectoryCheckOptions {
  readonly config: Config
  readonly directory: DataDirectory
  readonly manifest: BackupManifest
  /** Returns the root key; undefined if the MACs are not checked. */
  openRootKey(locked: LockedStore): Promise<RootKey | undefined>
  /** Does more with the store if all is whole and the root key is open. */
  readonly whenWhole?: (store: Store) => Promise<void>
  readonly progress: (checked: number, of: number) => void
}

/**
 * Checks the files of a backup as they are in a directory: the database, the chain of the audit log and its signatures, and that
 * the two belong together; with the root key, each MAC and each sample. Throws OperatorError for what cannot be opened at all.
 */
export async function checkDirectory(options: DirectoryCheckOptions): Promise<DirectoryCheck> {
  const { config, directory, manifest } = options
  const faults: string[] = []
  const nothing = { records: 0, heads: 0, checked: undefined }
  const inspected = await orFault(faults, async () => inspectDatabase(directory.database))
  if (inspected === undefined) return { faults, ...nothing }
  if (inspected.applied.length === 0) faults.push('keyward.db is not the database of a server: it is empty')
  if (inspected.newer !== undefined)
    throw new OperatorError(
      `The backup was made by Keyward ${manifest.keyward}, which is newer than this one. Use that version.`,
    )
  const places = { directory: undefined, headKey: undefined, witnesses: [] }
  const audit = await orFault(faults, () =>
    verifyAuditLog({ ...config, dataDirectory: directory.path }, places),
  )
  if (audit?.fault !== undefined) faults.push(audit.fault)
  if (audit !== undefined) faults.push(...(await findFaultsOfLog(directory, manifest)))
  faults.push(...findFaultsOfOwnFiles(directory.tls))
  const { records = 0, heads = 0 } = audit ?? {}
  if (inspected.applied.length === 0) return { faults, records, heads, checked: undefined }
  const locked = await orFault(faults, () => openSqliteStore(directory.database))
  if (locked === undefined) return { faults, records, heads, checked: undefined }
  try {
    const seen = await findLastState(directory.auditLogs)
    const hollow = await findFaultsOfDatabase(locked, directory, manifest, seen)
    faults.push(...hollow)
    // Nothing in it is of a server, and nobody is asked for secrets for that.
    if (hollow.length > 0) return { faults, records, heads, checked: undefined }
    const rootKey = await options.openRootKey(locked)
    if (rootKey === undefined) return { faults, records, heads, checked: undefined }
    try {
      const checked = await checkRows(options, { locked, rootKey, seen }, faults)
      return { faults, records, heads, checked }
    } finally {
      rootKey.destroy()
    }
  } finally {
    await locked.close()
  }
}

async function checkRows(
  options: DirectoryCheckOptions,
  { locked, rootKey, seen }: { locked: LockedStore; rootKey: RootKey; seen: DatabaseState | undefined },
  faults: string[],
): Promise<DirectoryCheck['checked']> {
  const { manifest } = options
  const log = pino({ name: 'keyward', level: 'silent' })
  const { store, hsm } = await openDatabase({ locked, log, rootKey, mayUpgrade: seen === undefined }, [])
  try {
    const report = { fault: (text: string) => void faults.push(text), progress: options.progress }
    const entities = await store.integrity.verify(report)
    const [older] = findOlderDomains(store.integrity.commitCounts(), { ...manifest.counts, ...seen })
    if (older !== undefined)
      faults.push(
        `the database is older than the audit log beside it: ${older.domain} is at change ${older.commits}, and the log has seen change ${older.seen}`,
      )
    const { samples, backupId } = manifest
    faults.push(...(await checkSamples(store.reader, hsm, backupId, samples)))
    if (faults.length === 0) await options.whenWhole?.(store)
    return { entities, samples: samples.length }
  } finally {
    hsm.close()
  }
}

/** Does work on the files. Files that cannot be opened are a fault of the backup. */
async function orFault<T>(faults: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    faults.push(error.message.replace(/\.$/, ''))
    return undefined
  }
}

/** Throws OperatorError with the faults of a check. */
export function refuseFaults({ faults }: DirectoryCheck): void {
  if (faults.length === 0) return
  throw new OperatorError(`The backup is not whole: ${faults.join('; ')}.`)
}
