import type { Logger } from 'pino'
import { AuditLog, findLastState, type Outbox, Recorder } from '../../audit/index.ts'
import { type Hsm, rootKeyProvider } from '../../hsm/index.ts'
import { applySeed } from '../../seed/index.ts'
import { lockDirectory, openSqliteStore, type Store } from '../../store/index.ts'
import type { Base } from './base.ts'
import { DataDirectory } from './data-directory.ts'
import { forOperator } from './database-checks.ts'
import { prepareRootKey, prepareStore, refuseLostDatabase } from './first-start.ts'

/** The opened contents of the data directory. */
export interface State {
  readonly directory: DataDirectory
  readonly store: Store
  readonly hsm: Hsm
  readonly audit: Recorder
  /** The default account. */
  readonly accountId: string
}

/** Opens the data directory, creates what it lacks, and applies the seed. Throws OperatorError. */
export async function openState({ config, clock, log, cleanup, seed }: Base): Promise<State> {
  const directory = new DataDirectory(config.dataDirectory)
  directory.prepare()
  const lock = lockDirectory(directory.path)
  cleanup.add(() => lock.release())

  const provider = rootKeyProvider(config.rootKey, directory.path)
  refuseLostDatabase(directory)
  const rootKey = prepareRootKey(provider, directory.hasDatabase())
  for (const path of directory.listOpenToOthers([provider.path, config.certificatePaths?.key]))
    log.warn({ path }, 'other users of this machine can access this')
  const locked = await openSqliteStore(directory.database)
  cleanup.add(() => locked.close())
  const seen = await findLastState(directory.auditLogs)
  const prepared = await prepareStore({ ...config, locked, log, seen, rootKey, directory, clock })
  const { store, hsm, accountId } = prepared
  cleanup.add(() => hsm.close())
  if (seed !== undefined) await forOperator(() => applySeed(seed, { store, hsm, clock }))

  const auditLog = await AuditLog.open(directory.auditLogs, clock, auditEvents(log))
  const audit = await Recorder.open(auditLog, outboxOf(store), () => store.integrity.commitCounts())
  cleanup.add(() => audit.close())
  return { directory, store, hsm, audit, accountId }
}

/** Returns the outbox of the audit log, which is in the store. */
function outboxOf(store: Store): Outbox {
  return {
    list: () => store.reader.outbox.list(),
    delete: eventIds => store.write(writer => writer.outbox.delete(eventIds)),
  }
}

function auditEvents(log: Logger) {
  return {
    failed: (error: unknown) =>
      log.fatal({ err: error }, 'the audit log cannot be written; every request fails until it can'),
    recovered: (dropped: number) =>
      log.warn({ droppedRecords: dropped }, 'the audit log can be written again'),
  }
}
