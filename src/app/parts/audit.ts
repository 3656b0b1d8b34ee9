import type { Logger } from 'pino'
import {
  AuditLog,
  ChainKeeper,
  Follower,
  type HeadSigner,
  Recorder,
  type WrittenBatch,
} from '../../audit/index.ts'
import { FirstTimes } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'
import type { Base } from './base.ts'
import type { DataDirectory } from './data-directory.ts'

/** The opened audit log. */
export interface Audit {
  readonly audit: Recorder
  readonly auditLog: AuditLog
  /** The thread behind the log. */
  readonly follower: Follower
}

/** Opens the audit log with its chain, and completes it from the outbox. Throws OperatorError. */
export async function openAudit(
  { config, clock, log, cleanup }: Base,
  directory: DataDirectory,
  store: Store,
  signer: HeadSigner,
): Promise<Audit> {
  const { durability, fileSizeMaxBytes, headIntervalMillis } = config.audit
  const behind: { feed(batch: WrittenBatch): void; wrote(): void } = { feed: ignore, wrote: ignore }
  const auditLog = await AuditLog.open(directory.auditLogs, clock, auditEvents(log), {
    ...{ durability, fileSizeMaxBytes },
    isChained: true,
    written(batch) {
      behind.feed(batch)
      behind.wrote()
    },
  })
  cleanup.add(() => auditLog.close())
  const { blocks } = auditLog
  if (blocks === undefined) throw new Error('the audit log was opened without a chain')
  const onFailure = failuresTo(log)
  const follower = Follower.open({
    directory: directory.auditLogs,
    indexDirectory: directory.auditIndex,
    stream: blocks.stream,
    sealed: blocks.sealed,
    onSealed: seal => keeper.sealed(seal),
    onFailure,
  })
  cleanup.add(() => follower.close())
  const keeper = new ChainKeeper({
    ...{ log: auditLog, follower, signer, clock, onFailure },
    intervalMillis: headIntervalMillis,
  })
  behind.feed = batch => follower.feed(batch)
  behind.wrote = () => keeper.wrote()
  const audit = await Recorder.open(
    auditLog,
    {
      list: () => store.reader.outbox.list(),
      delete: eventIds => store.write(writer => writer.outbox.delete(eventIds)),
    },
    () => store.integrity.commitCounts(),
  )
  cleanup.add(async () => {
    await audit.clearOutbox()
    await keeper.close()
  })
  return { audit, auditLog, follower }
}

function ignore(): void {}

/** The chain is behind after a failure, and no call is concerned. A failure that repeats is logged once. */
function failuresTo(log: Logger): (error: unknown) => void {
  const reported = new FirstTimes()
  return error => {
    if (reported.isFirst(String(error))) log.error({ err: error }, 'the chain of the audit log is behind')
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
