import type { Logger } from 'pino'
import {
  AuditLog,
  ChainKeeper,
  deleteDueFiles,
  deletionEventName,
  Follower,
  type HeadSigner,
  Recorder,
  RefusalBudget,
  renderLogEvent,
  type WrittenBatch,
} from '../../audit/index.ts'
import { FirstTimes, type Json, uuid } from '../../std/index.ts'
import type { Store } from '../../store/index.ts'
import type { Base } from './base.ts'
import { Cleanup } from './cleanup.ts'
import type { DataDirectory } from './data-directory.ts'
import { moveBackReaders } from './log-readers.ts'
import { firstNeededFile } from './needed-files.ts'

const retainMillis = 60_000

/** The opened audit log. */
export interface Audit {
  readonly audit: Recorder
  readonly auditLog: AuditLog
  /** The thread behind the log. */
  readonly follower: Follower
  /** The parts that close after the last head is signed, while the log can be read. */
  readonly afterLastHead: Cleanup
  /** Deletes the files that the retention no longer keeps. Never rejects. */
  retain(): Promise<void>
}

/** The parts that the audit log is opened with. */
export interface AuditOptions {
  readonly directory: DataDirectory
  readonly store: Store
  readonly signer: HeadSigner
  /** The account of the log's own events. */
  readonly accountId: string
}

/** Opens the audit log with its chain, and completes it from the outbox. Throws OperatorError. */
export async function openAudit(base: Base, options: AuditOptions): Promise<Audit> {
  const { config, clock, log, cleanup } = base
  const { directory, store, signer } = options
  const { durability, fileSizeMaxBytes, headIntervalMillis } = config.audit
  const behind: { feed(batch: WrittenBatch): void; wrote(): void } = { feed: ignore, wrote: ignore }
  const auditLog = await AuditLog.open(directory.auditLogs, clock, auditEvents(log), {
    ...{ durability, fileSizeMaxBytes },
    written(batch) {
      behind.feed(batch)
      behind.wrote()
    },
  })
  cleanup.add(() => auditLog.close())
  const { blocks } = auditLog
  await warnOfNewChain(base, store, blocks)
  const movedBack = await moveBackReaders(store, auditLog.position)
  if (movedBack.length > 0)
    log.error(
      { readers: movedBack },
      'the audit log lacks lines that it had: it ends before places that were read',
    )
  const onFailure = failuresTo(log)
  const follower = Follower.open({
    directory: directory.auditLogs,
    indexDirectory: directory.auditIndex,
    stream: blocks.stream,
    sealed: blocks.sealed,
    onSealed: chain => keeper.sealed(chain),
    onFailure,
  })
  cleanup.add(() => follower.close())
  const keeper = new ChainKeeper({
    ...{ log: auditLog, follower, signer, clock, onFailure },
    intervalMillis: headIntervalMillis,
  })
  behind.feed = batch => follower.feed(batch)
  behind.wrote = () => keeper.wrote()
  const render = renderer(base, options.accountId)
  const outbox = {
    list: () => store.reader.outbox.list(),
    delete: (eventIds: readonly string[]) => store.write(writer => writer.outbox.delete(eventIds)),
  }
  const refusals = openBudget(base, directory, auditLog, render)
  const audit = await Recorder.open(auditLog, outbox, () => store.integrity.commitCounts(), refusals)
  const afterLastHead = new Cleanup()
  cleanup.add(() => afterLastHead.run())
  cleanup.add(async () => {
    await audit.clearOutbox()
    await keeper.close()
  })
  const retain = startRetention(base, options, auditLog, render)
  return { audit, auditLog, follower, afterLastHead, retain }
}

/** Deletes the files that are due once a minute, and when the function that it returns is called. */
function startRetention(
  base: Base,
  options: AuditOptions,
  auditLog: AuditLog,
  render: RenderEvent,
): Audit['retain'] {
  const { log, cleanup } = base
  let running: Promise<void> = Promise.resolve()
  const run = () => {
    // Two at once would delete the same file.
    running = running
      .then(() => deleteOldFiles(base, options, auditLog, render))
      .catch(error => log.error({ err: error, job: 'deleting old files of the audit log' }, 'a job failed'))
    return running
  }
  const timer = setInterval(() => void run(), retainMillis).unref()
  cleanup.add(async () => {
    clearInterval(timer)
    await running
  })
  return run
}

/** A log without a chain is new, or comes from an older version, or somebody has removed the chain. */
async function warnOfNewChain(
  { config, log }: Base,
  store: Store,
  blocks: AuditLog['blocks'],
): Promise<void> {
  const [region = ''] = config.regions
  const isNew = blocks.sealed.sealed === 0 && blocks.head === 0 && blocks.contentBlock === 0
  if (!isNew || (await store.reader.signingKeys.list('head', region)).length === 0) return
  log.error('the audit log has no chain, and heads of one were signed before: it was removed or replaced')
}

type RenderEvent = (eventName: string, serviceEventDetails: { readonly [name: string]: Json }) => string

function renderer({ clock, config }: Base, accountId: string): RenderEvent {
  return (eventName, serviceEventDetails) =>
    renderLogEvent({
      ...{ eventId: uuid(), time: clock.now(), eventName, accountId, serviceEventDetails },
      region: config.regions[0] ?? '',
    })
}

function openBudget(
  { config, clock }: Base,
  directory: DataDirectory,
  auditLog: AuditLog,
  render: RenderEvent,
): RefusalBudget {
  const { refusalBytesPerMinute, reserveBytes } = config.audit
  return new RefusalBudget({
    ...{ directory: directory.auditLogs, clock, reserveBytes },
    bytesPerMinute: refusalBytesPerMinute,
    append: line => auditLog.append(line),
    render: ({ from, to, ...counts }) =>
      render('RefusedRequests', {
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        ...counts,
      }),
  })
}

async function deleteOldFiles(
  { config, clock, log }: Base,
  { directory, store }: AuditOptions,
  auditLog: AuditLog,
  render: RenderEvent,
): Promise<void> {
  const { days, sizeBytes } = config.audit.retention
  if (auditLog.isFailing || (days === undefined && sizeBytes === undefined)) return
  const needed = await firstNeededFile(store, config, auditLog.position.stream)
  const files = await deleteDueFiles({
    directory: directory.auditLogs,
    limits: config.audit.retention,
    now: clock.now(),
    sealed: auditLog.blocks.sealed.sealed,
    mayDelete: file => needed === undefined || file < needed,
    record: async ({ file, from = null, to = null, sealed, chain, records }) => {
      await auditLog.append(render(deletionEventName, { file, from, to, sealed, chain, records }))
      await auditLog.sync()
    },
  })
  if (files.length > 0) log.info({ files }, 'the retention deleted files of the audit log')
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
