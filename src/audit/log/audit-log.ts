import {
  type Clock,
  type Metric,
  type Millis,
  monotonicMillis,
  OperatorError,
  uuid,
} from '../../std/index.ts'
import { findLastBlock } from '../chain/block-search.ts'
import { Blocks, noBlocks } from '../chain/blocks.ts'
import { type Batch, bytesOf, gather, hasContent, type Lines, newBatch } from './batch.ts'
import { type DatabaseState, renderState, stateIntervalBytes } from './database-state.ts'
import { LogFigures } from './log-figures.ts'
import { type Durability, LogFile } from './log-file.ts'
import type { LogPosition } from './log-position.ts'
import type { WrittenBatch } from './written-batch.ts'

/** The maximum size of the records that wait in memory after a failed write. More are dropped and counted. */
const backlogSizeMaxBytes = 4 * 1024 * 1024
const retryMillis = 1000
/** How long the operating system may keep records in memory at the level `written`. */
const syncMillis = 1000
/** The size of a file that the next part of the day follows, if the settings have none. */
const fileSizeMaxBytesDefault = 1024 * 1024 * 1024

/** Callbacks for the start and the end of a failure of the audit log. */
export interface AuditLogEvents {
  /** A write failed. Every call fails from now on, until `recovered`. */
  failed(error: unknown): void
  /** The waiting records are written. `dropped` is the number of records that did not fit into memory. */
  recovered(dropped: number): void
}

/** The settings of an `AuditLog`. */
export interface AuditLogOptions {
  /** When a record counts as written; `synced` if absent. */
  readonly durability?: Durability
  /** A file of at least this size is followed by the next part of the day. */
  readonly fileSizeMaxBytes?: number
  /** Gets each write after it succeeded. It must not change the bytes. */
  readonly written?: (batch: WrittenBatch) => void
}

/**
 * The durable log of every call. Appends during a write go together into the next one (group commit), so that many
 * calls share one sync.
 *
 * After a failed write the log is failing: it accepts no more records, and tries every second to write the records that
 * it holds. A log that could not be synced may have lost records, so after an I/O error or a failed sync it stays failing until a
 * restart.
 */
export class AuditLog {
  readonly #file: LogFile
  readonly #blocks: Blocks
  readonly #clock: Clock
  readonly #events: AuditLogEvents
  readonly #figures = new LogFigures()
  readonly #options: AuditLogOptions
  #sync: NodeJS.Timeout | undefined
  #next: Batch | undefined
  #writing: Promise<void> | undefined
  #backlog: string[] = []
  #backlogSizeBytes = 0
  #dropped = 0
  #isFailing = false
  #retry: NodeJS.Timeout | undefined
  #readState: (() => DatabaseState) | undefined
  /** The state on the last state line of this process, and the bytes that were written since. */
  #writtenState: DatabaseState | undefined
  #writtenSinceBytes = 0

  private constructor(
    file: LogFile,
    blocks: Blocks,
    clock: Clock,
    events: AuditLogEvents,
    options: AuditLogOptions,
  ) {
    this.#file = file
    this.#blocks = blocks
    this.#clock = clock
    this.#events = events
    this.#options = options
  }

  /** Opens the log in `directory`, and creates the directory if needed. Throws OperatorError. */
  static async open(
    directory: string,
    clock: Clock,
    events: AuditLogEvents,
    options: AuditLogOptions = {},
  ): Promise<AuditLog> {
    const { durability = 'synced', fileSizeMaxBytes = fileSizeMaxBytesDefault } = options
    const file = await LogFile.open(directory, clock.now(), { durability, fileSizeMaxBytes })
    return new AuditLog(file, await openBlocks(directory), clock, events, options)
  }

  /** The blocks of the chain. */
  get blocks(): Blocks {
    return this.#blocks
  }

  /** The end of what is written. */
  get position(): LogPosition {
    return { stream: this.#blocks.stream, file: this.#file.name, offset: this.#file.sizeBytes }
  }

  /** Whether the last write failed. A call made now could not be recorded. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Returns the metrics of the log. */
  metrics(): Metric[] {
    return this.#figures.metrics(() => ({
      isFailing: this.#isFailing,
      unsealedBlocks: Math.max(0, this.#blocks.contentBlock - this.#blocks.sealed.sealed),
      backlog: { records: this.#backlog.length, sizeBytes: this.#backlogSizeBytes },
    }))
  }

  /** Resolves when the records are on disk. Rejects if they could not be written; then the call must fail. */
  append(...records: readonly string[]): Promise<void> {
    this.#next ??= newBatch()
    const { lines, written } = this.#next
    lines.push(...records)
    this.#writing ??= this.#writeAll()
    return written
  }

  /**
   * Appends a line that is no record, such as a signed head. Resolves when it is on disk. A line that could not be written
   * is not kept: the caller makes it again.
   */
  appendMeta(line: string): Promise<void> {
    this.#next ??= newBatch()
    this.#next.metas.push(line)
    this.#writing ??= this.#writeAll()
    return this.#next.written
  }

  /** Begins a new block, so that the open one can be sealed although no records come. */
  closeBlock(): Promise<void> {
    this.#next ??= newBatch()
    this.#next.closesBlock = true
    this.#writing ??= this.#writeAll()
    return this.#next.written
  }

  /** Resolves when all records that were appended so far are on disk, whatever the durability. Throws the system's error. */
  async sync(): Promise<void> {
    try {
      await this.#file.sync()
    } catch (error) {
      // The system forgets what it could not write, so the content of the disk is unknown until a restart.
      if (!this.#isFailing) this.#fail(error, false)
      throw error
    }
  }

  /**
   * From now on, each write begins with the state of the database if that changed. The state is read when the write
   * begins, so that no answer leaves before its change is on the log. Resolves when the first state is on disk.
   */
  async noteStates(readState: () => DatabaseState): Promise<void> {
    this.#readState = readState
    await this.append()
  }

  /** Finds the records that are in the log. `since` is the time of the oldest of them. */
  findRecords(eventIds: ReadonlySet<string>, since: Millis): Promise<Set<string>> {
    return this.#file.findRecords(eventIds, since)
  }

  /** Writes the waiting records and the last state, and closes the log. */
  async close(): Promise<void> {
    clearTimeout(this.#retry)
    clearTimeout(this.#sync)
    if (!this.#isFailing && this.#dueState() !== undefined) this.append().catch(() => undefined)
    while (this.#writing !== undefined) await this.#writing
    await this.#file.close()
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== undefined) {
      await gather(this.#next.lines)
      const batch = this.#next
      this.#next = undefined
      await this.#write(batch)
    }
    this.#writing = undefined
  }

  async #write(batch: Batch): Promise<void> {
    try {
      if (this.#isFailing) throw new Error('the audit log cannot be written')
      await this.#writeLines(batch)
      batch.resolve()
    } catch (error) {
      this.#keep(batch.lines)
      if (!this.#isFailing) this.#fail(error, this.#isRecoverable(error))
      batch.reject(error)
    }
  }

  async #writeLines(wanted: Lines): Promise<void> {
    const now = this.#clock.now()
    await this.#file.prepare(now)
    const state = this.#dueState()
    const stateLines = state === undefined ? [] : [renderState(state, now)]
    const block = this.#dueBlock(wanted, state !== undefined, now)
    const lines = block === undefined ? [...stateLines] : [block, ...stateLines]
    lines.push(...wanted.lines, ...wanted.metas)
    if (lines.length === 0) return
    const bytes = bytesOf(lines)
    const { file, offset } = this.position
    const startedAt = monotonicMillis()
    await this.#file.append(bytes)
    this.#figures.written(wanted.lines.length, bytes.length, startedAt)
    this.#writtenSinceBytes = state === undefined ? this.#writtenSinceBytes + bytes.length : bytes.length
    this.#writtenState = state ?? this.#writtenState
    this.#blocks.wrote(now, {
      sizeBytes: bytes.length,
      begins: block !== undefined,
      hasContent: hasContent(wanted) || state !== undefined,
    })
    if (this.#options.durability === 'written') this.#syncLater()
    this.#options.written?.({ file, offset, bytes })
  }

  /** Returns the line of a new block if the next write must begin with it. A head needs none. */
  #dueBlock(wanted: Lines, withState: boolean, now: Millis): string | undefined {
    const blocks = this.#blocks
    const isClosing = wanted.closesBlock && blocks.isOpen
    if (isClosing || (this.#file.sizeBytes === 0 && wanted.metas.length > 0)) return blocks.newLine(now)
    const isDue = hasContent(wanted) || withState
    return isDue ? blocks.dueLine(now, this.#file.sizeBytes === 0) : undefined
  }

  #syncLater(): void {
    this.#sync ??= setTimeout(() => {
      this.#sync = undefined
      this.sync().catch(() => undefined)
    }, syncMillis).unref()
  }

  /** Returns the state of the database if the next write must begin with it. States are immutable. */
  #dueState(): DatabaseState | undefined {
    const state = this.#readState?.()
    const isNew = state !== this.#writtenState || this.#writtenSinceBytes > stateIntervalBytes
    return isNew ? state : undefined
  }

  /** After an I/O error or a failed sync the content of the disk is unknown; after others, such as no space, data is safe. */
  #isRecoverable(error: unknown): boolean {
    return !this.#file.hasFailedSync && (error as { code?: string }).code !== 'EIO'
  }

  #fail(error: unknown, mayRecover: boolean): void {
    this.#isFailing = true
    this.#events.failed(error)
    if (mayRecover) this.#retryLater()
  }

  #retryLater(): void {
    this.#retry = setTimeout(() => void this.#recover(), retryMillis)
    this.#retry.unref()
  }

  async #recover(): Promise<void> {
    // A sync of its own may have failed since.
    if (this.#file.hasFailedSync) return
    const lines = [...this.#backlog]
    try {
      await this.#file.repair()
      await this.#writeLines({ lines, metas: [], closesBlock: false })
    } catch (error) {
      if (this.#isRecoverable(error)) this.#retryLater()
      return
    }
    // A sync that fails beside the write is final.
    if (this.#file.hasFailedSync) return
    // Calls in flight may have added records meanwhile. The next write takes them.
    const added = this.#backlog.slice(lines.length)
    this.#backlog = []
    this.#backlogSizeBytes = 0
    this.#isFailing = false
    this.#writeFirst(added)
    this.#events.recovered(this.#dropped)
    this.#dropped = 0
  }

  /** Puts lines before those of the next batch, which arrived later. */
  #writeFirst(lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#next ??= newBatch()
    this.#next.lines.unshift(...lines)
    this.#writing ??= this.#writeAll()
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      if (this.#backlogSizeBytes + line.length > backlogSizeMaxBytes) {
        this.#dropped++
        this.#figures.dropped()
      } else {
        this.#backlog.push(line)
        this.#backlogSizeBytes += line.length
      }
    }
  }
}

async function openBlocks(directory: string): Promise<Blocks> {
  try {
    return new Blocks((await findLastBlock(directory)) ?? noBlocks(uuid()))
  } catch (error) {
    throw new OperatorError(`The audit log ${directory} cannot be read: ${(error as Error).message}`)
  }
}
