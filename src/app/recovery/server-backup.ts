import type { BackupFacts } from '../../backup/index.ts'
import type { LastBackup } from '../../operator/index.ts'
import { isJsonObject, type Json, OperatorError } from '../../std/index.ts'
import type { LogParts } from '../parts/audit.ts'
import type { Base } from '../parts/base.ts'
import type { Front } from '../parts/seal/front.ts'
import type { Gate } from '../parts/seal/gate.ts'
import { createdEvent, noteLastBackup } from './created-event.ts'
import { type CutParts, makeCut } from './cut.ts'
import { sampleMaker } from './samples.ts'

/** The parts of a running server, open or sealed, that its backups are made of. */
export interface BackedUpServer {
  readonly base: Pick<Base, 'config' | 'clock' | 'log'>
  readonly front: Pick<Front, 'directory' | 'locked' | 'readState'>
  readonly gate: Pick<Gate, 'state' | 'status'>
  readonly logParts: Pick<LogParts, 'auditLog' | 'render'>
}

/** Makes a consistent cut of a running server. Returns its facts; the caller removes the copy of the database. Throws OperatorError. */
export async function cutServer(
  { base, front, gate, logParts }: BackedUpServer,
  signal?: AbortSignal,
): Promise<BackupFacts> {
  const { config, clock } = base
  const { directory, locked } = front
  const { state } = gate
  const { provider: kind, rootKeyId } = gate.status()
  const parts: CutParts = {
    ...{ config, clock, directory, auditLog: logParts.auditLog },
    rootKey: rootKeyId === undefined ? { kind } : { kind, rootKeyId },
    whileQuiet: work => (state?.store ?? locked).whileQuiet(work),
    snapshot: (path, hold) => locked.snapshot(path, hold),
    // An unsealing that failed may have committed something.
    commitCounts: () => state?.store.integrity.commitCounts() ?? front.readState?.() ?? {},
    ...(state !== undefined && { samples: sampleMaker(state.store.reader, state.hsm, config.regions) }),
  }
  return await makeCut(parts, signal)
}

/**
 * Performs the command of the process that makes a backup: without arguments a cut, whose facts it returns and whose copy of the
 * database it leaves in the data directory; with `made`, the details of a complete backup, their record. Throws OperatorError.
 */
export async function performBackupCommand(
  server: BackedUpServer,
  { made, ...others }: Readonly<Record<string, Json>>,
  gone: AbortSignal,
): Promise<Json> {
  if (Object.keys(others).length > 0)
    throw new OperatorError('The request for a backup has an unknown member.')
  if (made === undefined) return { ...(await cutServer(server, gone)) } as unknown as Json
  if (!isJsonObject(made)) throw new OperatorError('The details of the backup are not an object.')
  const { madeAt: at, file: place, sizeBytes } = made
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at)) || typeof place !== 'string')
    throw new OperatorError('The details of the backup lack its time or its place.')
  if (!Number.isSafeInteger(sizeBytes)) throw new OperatorError('The details of the backup lack its size.')
  const details = made as Readonly<Record<string, Json>>
  await recordBackup(server, details, { at, place, sizeBytes: Number(sizeBytes) })
  return {}
}

/**
 * Records a complete backup in the audit log, and notes it as the last one. A note that cannot be written is logged: the
 * record counts.
 */
export async function recordBackup(
  { base, front, logParts }: BackedUpServer,
  details: Readonly<Record<string, Json>>,
  last: LastBackup,
): Promise<void> {
  const { auditLog, render } = logParts
  await auditLog.append(render(createdEvent, details))
  await auditLog.sync()
  try {
    noteLastBackup(front.directory, last)
  } catch (error) {
    base.log.error({ err: error }, 'the last backup could not be noted')
  }
}
