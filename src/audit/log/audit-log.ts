import { Buffer } from 'node:buffer'
import { type Clock, type Metric, type Millis, monotonicMillis } from '../../std/index.ts'
import { type DatabaseState, renderState, stateIntervalBytes } from './database-state.ts'
import { LogFigures } from './log-figures.ts'
import { LogFile } from './log-file.ts'

/** The maximum size of the records that wait in memory after a failed write. More are dropped and counted. */
const backlogSizeMaxBytes = 4 * 1024 * 1024
const retryMillis = 1000
/**
 * A write costs the same for one record as for many. So a batch waits while each turn of the event loop brings more
 * records, up to this number. A batch of this size is large enough, and the other callers keep the processor busy.
 */
const batchRecordsGathered = 64

/** Callbacks for the start and the end of a failure of the audit log. */
export interface AuditLogEvents {
  /** A write failed. Every call fails from now on, until `recovered`. */
  failed(error: unknown): void
  /** The waiting records are written. `dropped` is the number of records that did not fit into memory. */
  recovered(dropped: number): void
}

interface Batch {
  lines: string[]
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The durable log of every call. Appends during a write go together into the next one (group commit), so that many
 * calls share one sync.
 *
 * After a failed write the log is failing: it accepts no more records, and tries every second to write the records that
 * it holds. A log that could not be synced may have lost records, so after an I/O error it stays failing until a
 * restart.
 */
export class AuditLog {
  readonly #file: LogFile
  readonly #clock: Clock
  readonly #events: AuditLogEvents
  readonly #figures = new LogFigures()
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

  private constructor(file: LogFile, clock: Clock, events: AuditLogEvents) {
    this.#file = file
    this.#clock = clock
    this.#events = events
  }

  /** Opens the log in `directory`, and creates the directory if needed. Throws OperatorError. */
  static async open(directory: string, clock: Clock, events: AuditLogEvents): Promise<AuditLog> {
    return new AuditLog(await LogFile.open(directory, clock.now()), clock, events)
  }

  /** Whether the last write failed. A call made now could not be recorded. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Returns the metrics of the log. */
  metrics(): Metric[] {
    return this.#figures.metrics(() => ({
      isFailing: this.#isFailing,
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
      await this.#writeLines(batch.lines)
      batch.resolve()
    } catch (error) {
      this.#keep(batch.lines)
      if (!this.#isFailing) this.#fail(error)
      batch.reject(error)
    }
  }

  async #writeLines(records: readonly string[]): Promise<void> {
    const now = this.#clock.now()
    const state = this.#dueState()
    const lines = state === undefined ? records : [renderState(state, now), ...records]
    if (lines.length === 0) return
    const bytes = bytesOf(lines)
    const startedAt = monotonicMillis()
    await this.#file.append(bytes, now)
    this.#figures.written(records.length, bytes.length, startedAt)
    this.#writtenSinceBytes = state === undefined ? this.#writtenSinceBytes + bytes.length : bytes.length
    this.#writtenState = state ?? this.#writtenState
  }

  /** Returns the state of the database if the next write must begin with it. States are immutable. */
  #dueState(): DatabaseState | undefined {
    const state = this.#readState?.()
    const isNew = state !== this.#writtenState || this.#writtenSinceBytes > stateIntervalBytes
    return isNew ? state : undefined
  }

  #fail(error: unknown): void {
    this.#isFailing = true
    this.#events.failed(error)
    if (isRecoverable(error)) this.#retryLater()
  }

  #retryLater(): void {
    this.#retry = setTimeout(() => void this.#recover(), retryMillis)
    this.#retry.unref()
  }

  async #recover(): Promise<void> {
    const lines = [...this.#backlog]
    try {
      await this.#file.repair()
      if (lines.length > 0) {
        const bytes = bytesOf(lines)
        const startedAt = monotonicMillis()
        await this.#file.append(bytes, this.#clock.now())
        this.#figures.written(lines.length, bytes.length, startedAt)
      }
    } catch {
      this.#retryLater()
      return
    }
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

/** The lines with their ends. A line end that is appended to the joined text would copy all of it again. */
function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from([...lines, ''].join('\n'))
}

/** Waits while records arrive, until the batch is large enough. */
async function gather(lines: readonly string[]): Promise<void> {
  let count = 0
  while (lines.length > count && lines.length < batchRecordsGathered) {
    count = lines.length
    await new Promise(resolve => setImmediate(resolve))
  }
}

function newBatch(): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // A failed batch without waiting appenders must not become an unhandled rejection.
  promise.catch(() => undefined)
  return { lines: [], written: promise, resolve, reject }
}

/**
 * After an I/O error the content of the disk is unknown; after any other error, such as no space, written data is safe.
 */
function isRecoverable(error: unknown): boolean {
  return (error as { code?: string }).code !== 'EIO'
}
