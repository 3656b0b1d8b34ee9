import type { Logger } from 'pino'
import {
  AuditLog,
  ChainKeeper,
  deleteDueFiles,
  deletionEventName,
  Follower,
  type HeadSigner,
  type LogPosition,
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

/** Returns whether a server with this recorder can serve requests. */
export function readinessOf(
  { isFailing }: Pick<Recorder, 'isFailing'>,
  isSealed: boolean,
): 'ok' | 'unavailable' | 'sealed' {
  return isFailing ? 'unavailable' : isSealed ? 'sealed' : 'ok'
}

/** The opened audit log. */
export interface Audit extends Pick<LogParts, 'auditLog' | 'follower' | 'afterLastHead'> {
  readonly audit: Recorder
  /** Deletes the files that the retention no longer keeps. Never rejects. */
  retain(): Promise<void>
}

/** The audit log with its chain, which needs no root key. */
export interface LogParts {
  readonly auditLog: AuditLog
  /** The thread behind the log. */
  readonly follower: Follower
  /** The parts that close after the last head is signed, while the log can be read. */
  readonly afterLastHead: Cleanup
  readonly refusals: RefusalBudget
  /** The end of the log when it was opened. */
  readonly openedAt: LogPosition
  /** Whether the log had no chain when it was opened. */
  readonly hadNoChain: boolean
  /** The parts that only an open server has, and the recorder in use. */
  readonly late: LateParts
  /** Renders an event of the server itself, such as its unsealing. */
  readonly render: RenderEvent
  /** Signs the head that waited for a signer. */
  signWhatWaited(): void
}

/** The parts of the log that change when the server opens. */
export interface LateParts {
  recorder: Recorder | undefined
  /** No head is signed without it. */
  signer: HeadSigner | undefined
  /** The account of the log's own events. */
  accountId: string | undefined
}

/** The parts of an open server that complete the audit log. */
export interface AuditOptions {
  readonly directory: DataDirectory
  readonly store: Store
  readonly signer: HeadSigner
  /** The account of the log's own events. */
  readonly accountId: string
}

/** Opens the audit log with its chain. Throws OperatorError. */
export async function openLog(base: Base, directory: DataDirectory): Promise<LogParts> {
  const { config, clock, log, cleanup } = base
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
  const openedAt = auditLog.position
  const hadNoChain = blocks.sealed.sealed === 0 && blocks.head === 0 && blocks.contentBlock === 0
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
  const late: LateParts = { recorder: undefined, signer: undefined, accountId: undefined }
  const keeper = new ChainKeeper({
    ...{ log: auditLog, follower, signer: lateSigner(late), clock, onFailure },
    intervalMillis: headIntervalMillis,
  })
  behind.feed = batch => follower.feed(batch)
  behind.wrote = () => keeper.wrote()
  const render = renderer(base, late)
  const refusals = openBudget(base, directory, auditLog, render)
  const afterLastHead = new Cleanup()
  cleanup.add(() => afterLastHead.run())
  cleanup.add(async () => {
    await late.recorder?.clearOutbox()
    await keeper.close()
  })
  const parts = { auditLog, follower, afterLastHead, refusals, openedAt, hadNoChain, late, render }
  return { ...parts, signWhatWaited: () => keeper.signIfDue() }
}

/** Completes the audit log from the outbox, and joins it with the store from now on. */
export async function openAudit(base: Base, parts: LogParts, options: AuditOptions): Promise<Audit> {
  const { auditLog, follower, afterLastHead, refusals, late } = parts
  const { store, signer, accountId } = options
  if (parts.hadNoChain) await warnOfNewChain(base, store)
  const movedBack = await moveBackReaders(store, parts.openedAt)
  if (movedBack.length > 0)
    base.log.error(
      { readers: movedBack },
      'the audit log lacks lines that it had: it ends before places that were read',
    )
  const outbox = {
    list: () => store.reader.outbox.list(),
    delete: (eventIds: readonly string[]) => store.write(writer => writer.outbox.delete(eventIds)),
  }
  const audit = await Recorder.open(auditLog, outbox, () => store.integrity.commitCounts(), refusals)
  Object.assign(late, { recorder: audit, signer, accountId } satisfies LateParts)
  parts.signWhatWaited()
  return { audit, auditLog, follower, afterLastHead, retain: startRetention(base, options, parts) }
}

/** Deletes the files that are due once a minute, and when the function that it returns is called. */
function startRetention(base: Base, options: AuditOptions, parts: LogParts): Audit['retain'] {
  const { log, cleanup } = base
  let running: Promise<void> = Promise.resolve()
  const run = () => {
    // Two at once would delete the same file.
    running = running
      .then(() => deleteOldFiles(base, options, parts))
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

const lateSigner = (late: LateParts): HeadSigner => ({
  isReady: () => late.signer !== undefined,
  prepare: async () => await late.signer?.prepare(),
  async sign(text) {
    if (late.signer === undefined) throw new Error('a sealed server signs no head')
    return await late.signer.sign(text)
  },
})

/** A log without a chain is new, or comes from an older version, or somebody has removed the chain. */
async function warnOfNewChain({ config, log }: Base, store: Store): Promise<void> {
  const [region = ''] = config.regions
  if ((await store.reader.signingKeys.list('head', region)).length === 0) return
  log.error('the audit log has no chain, and heads of one were signed before: it was removed or replaced')
}

type RenderEvent = (eventName: string, serviceEventDetails: { readonly [name: string]: Json }) => string

function renderer({ clock, config }: Base, late: LateParts): RenderEvent {
  return (eventName, serviceEventDetails) =>
    renderLogEvent({
      ...{ eventId: uuid(), time: clock.now(), eventName, serviceEventDetails },
      accountId: late.accountId,
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
  { auditLog, render }: LogParts,
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
