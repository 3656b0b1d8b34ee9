import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type AuditLog, listLogNames } from '../../audit/index.ts'
import { type BackupFacts, type BackupFile, type BackupSample, isBackupName } from '../../backup/index.ts'
import { type Clock, OperatorError, otherWork, uuid } from '../../std/index.ts'
import type { CommitCounts, Hold } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { version } from '../version.ts'
import { shownSettings } from './shown-settings.ts'

/** The parts of a data directory that a cut is made of. */
export interface CutParts {
  readonly config: Config
  readonly directory: DataDirectory
  readonly auditLog: AuditLog
  readonly clock: Clock
  readonly rootKey: BackupFacts['rootKey']
  /** Runs work while no commit is under way and none begins. */
  whileQuiet<T>(work: () => Promise<T>): Promise<T>
  /** Copies the database as of the moment in which `hold` calls `pin`. */
  snapshot(path: string, hold: Hold): Promise<void>
  commitCounts(): CommitCounts
  /** Makes the samples of a backup, and leaves out those whose keys are gone when the cut is made. */
  readonly samples?: SampleMaker
}

/** Encrypts known plaintexts under keys of the server. */
export interface SampleMaker {
  make(backupId: string): Promise<readonly BackupSample[]>
  /** Returns the samples of keys that still exist. A key that is deleted later was there before. */
  keep(samples: readonly BackupSample[]): Promise<readonly BackupSample[]>
}

/**
 * Makes a consistent cut: a copy of the database, and the place up to which the audit log belongs to it. No commit is between
 * the two, and each record that left the outbox is in the log before that place. Throws OperatorError.
 */
export async function makeCut(parts: CutParts, signal?: AbortSignal): Promise<BackupFacts> {
  const { config, directory, auditLog, clock, rootKey } = parts
  const backupId = uuid()
  const made = (await parts.samples?.make(backupId)) ?? []
  let place: Pick<BackupFacts, 'audit' | 'counts' | 'madeAt'> | undefined
  const path = directory.snapshotFor(backupId)
  try {
    await parts.snapshot(path, pin =>
      parts.whileQuiet(async () => {
        // The last commit reports its counts, and its record may still be on its way to the log.
        await otherWork()
        await auditLog.append()
        await auditLog.sync()
        const { stream, file, offset } = auditLog.position
        const [firstFile = file] = await listLogNames(directory.auditLogs)
        place = {
          audit: { stream, firstFile, file, offset },
          counts: parts.commitCounts(),
          madeAt: new Date(clock.now()).toISOString(),
        }
        pin()
      }),
    )
    if (signal?.aborted === true) throw new OperatorError('The process that makes the backup has gone.')
    if (place === undefined) throw new Error('the copy of the database was not pinned')
    const samples = (await parts.samples?.keep(made)) ?? []
    const settings = shownSettings(config.given)
    return { backupId, keyward: version(), ...place, rootKey, regions: config.regions, settings, samples }
  } catch (error) {
    await rm(path, { force: true })
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`The database cannot be copied: ${(error as Error).message}.`)
  }
}

/** Returns the files that a backup of this cut has. The copy of the database is removed as soon as it is open. */
export async function filesOfCut(directory: DataDirectory, facts: BackupFacts): Promise<BackupFile[]> {
  const { firstFile, file: last, offset } = facts.audit
  const logs = (await listLogNames(directory.auditLogs)).filter(name => name <= last)
  // Without a record of the deletion, which is after the cut, the log of the backup would not verify.
  if (logs[0] !== firstFile)
    throw new OperatorError(
      'The retention deleted a file of the audit log after the backup began. Make the backup again.',
    )
  const others = await readdir(directory.path)
  const tlsNames = others.includes('tls')
    ? (await readdir(directory.tls)).filter(name => isBackupName(`tls/${name}`))
    : []
  return [
    { name: 'keyward.db', path: directory.snapshotFor(facts.backupId), isTemporary: true },
    ...logs.map(name => ({
      ...{ name: `audit/${name}`, path: join(directory.auditLogs, name) },
      ...(name === last && { sizeBytes: offset }),
    })),
    ...(others.includes('audit-heads.pem')
      ? [{ name: 'audit-heads.pem', path: directory.auditHeadKeys }]
      : []),
    ...tlsNames.sort().map(name => ({ name: `tls/${name}`, path: join(directory.tls, name) })),
  ]
}
