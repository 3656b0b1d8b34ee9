import { pino } from 'pino'
import { findLastState } from '../../audit/index.ts'
import type { BackupManifest } from '../../backup/index.ts'
import type { RootKey } from '../../hsm/index.ts'
import { OperatorError } from '../../std/index.ts'
import { type LockedStore, openSqliteStore, type Store } from '../../store/index.ts'
import { type AuditVerification, verifyAuditLog } from '../audit-check.ts'
import type { Config } from '../config/config.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { findOlderDomains } from '../parts/database-checks.ts'
import { openDatabase } from '../parts/first-start.ts'
import { checkSamples } from './samples.ts'

/** The outcome of a check of what a backup has. */
export interface DirectoryCheck {
  /** The texts of the faults, without a full stop. */
  readonly faults: readonly string[]
  readonly audit: AuditVerification
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
  const { config, directory } = options
  const faults: string[] = []
  const audit = await verifyAuditLog(
    { ...config, dataDirectory: directory.path },
    { directory: undefined, headKey: undefined, witnesses: [] },
  )
  if (audit.fault !== undefined) faults.push(audit.fault)
  const locked = await openSqliteStore(directory.database)
  try {
    const rootKey = await options.openRootKey(locked)
    if (rootKey === undefined) return { faults, audit, checked: undefined }
    try {
      const checked = await checkRows(options, locked, rootKey, faults)
      return { faults, audit, checked }
    } finally {
      rootKey.destroy()
    }
  } finally {
    await locked.close()
  }
}

async function checkRows(
  options: DirectoryCheckOptions,
  locked: LockedStore,
  rootKey: RootKey,
  faults: string[],
): Promise<DirectoryCheck['checked']> {
  const { directory, manifest } = options
  const seen = await findLastState(directory.auditLogs)
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

/** Throws OperatorError with the faults of a check. */
export function refuseFaults({ faults }: DirectoryCheck): void {
  if (faults.length === 0) return
  throw new OperatorError(`The backup is not whole: ${faults.join('; ')}.`)
}
