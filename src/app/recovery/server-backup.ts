import type { AuditLog } from '../../audit/index.ts'
import type { BackupFacts } from '../../backup/index.ts'
import type { Clock, Json } from '../../std/index.ts'
import { OperatorError } from '../../std/index.ts'
import type { CommitCounts } from '../../store/index.ts'
import type { Config } from '../config/config.ts'
import type { DataDirectory } from '../parts/data-directory.ts'
import { createdEvent } from './created-event.ts'
import { makeCut, type SampleMaker } from './cut.ts'

/** The parts of a running server, open or sealed, that its backups are made of. */
export interface BackedUpServer {
  readonly config: Config
  readonly directory: DataDirectory
  readonly auditLog: AuditLog
  readonly clock: Clock
  readonly rootKey: BackupFacts['rootKey']
  /** Absent while the server is sealed. */
  readonly samples?: SampleMaker
  whileQuiet<T>(work: () => Promise<T>): Promise<T>
  commitCounts(): CommitCounts
  /** Renders an event of the server itself for the audit log. */
  render(eventName: string, details: Readonly<Record<string, Json>>): string
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
  if (made === undefined) return { ...(await makeCut(server, gone)) } as unknown as Json
  if (typeof made !== 'object' || made === null || Array.isArray(made))
    throw new OperatorError('The details of the backup are not an object.')
  await server.auditLog.append(server.render(createdEvent, made as Readonly<Record<string, Json>>))
  await server.auditLog.sync()
  return {}
}
