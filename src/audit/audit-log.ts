import type { Clock, Millis } from '../std/index.ts'
import { LogFile } from './log-file.ts'

/** Records that could not be written wait in memory up to this size; beyond it they are dropped, and counted. */
const backlogSizeMaxBytes = 4 * 1024 * 1024
const retryMillis = 1000
/**
 * A write costs the same for one record as for many. So a batch waits as long as each turn of the event loop brings
 * more, up to this many: then it is large enough, and the rest of the callers keep the processor busy meanwhile.
 */
const batchRecordsGathered = 64

export interface AuditLogEvents {
  /** Writing failed: every call fails from here on, until `recovered`. */
  failed(error: unknown): void
  /** What waited has been written; `dropped` records were too many to keep. */
  recovered(dropped: number): void
}

interface Batch {
  lines: string[]
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The durable log of every call. Appends made while a write is under way go together in the next one (group commit),
 * so that many calls share one sync.
 *
 * When writing fails the log is `failing`: it takes no more records, and tries every second to write those it holds.
 * A log that cannot be synced may have lost what it wrote, so after an I/O error it stays failing until a restart.
 */
export class AuditLog {
  readonly #file: LogFile
  readonly #clock: Clock
  readonly #events: AuditLogEvents
  #next: Batch | undefined
  #writing: Promise<void> | undefined
  #backlog: string[] = []
  #backlogSizeBytes = 0
  #dropped = 0
  #isFailing = false
  #retry: NodeJS.Timeout | undefined

  private constructor(file: LogFile, clock: Clock, events: AuditLogEvents) {
    this.#file = file
    this.#clock = clock
    this.#events = events
  }

  static async open(directory: string, clock: Clock, events: AuditLogEvents): Promise<AuditLog> {
    return new AuditLog(await LogFile.open(directory, clock.now()), clock, events)
  }

  /** Whether the last write failed. A call made now could not be recorded. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Resolves when the record is on disk; rejects when it could not be put there, and the call must fail. */
  append(line: string): Promise<void> {
    this.#next ??= newBatch()
    const { lines, written } = this.#next
    lines.push(line)
    this.#writing ??= this.#writeAll()
    return written
  }

  /** Which of the records are in the log; `since` is the time of the oldest of them. */
  findRecords(eventIds: ReadonlySet<string>, since: Millis): Promise<Set<string>> {
    return this.#file.findRecords(eventIds, since)
  }

  /** Writes what waits and closes. */
  async close(): Promise<void> {
    clearTimeout(this.#retry)
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
      await this.#file.append(Buffer.from(`${batch.lines.join('\n')}\n`), this.#clock.now())
      batch.resolve()
    } catch (error) {
      this.#keep(batch.lines)
      if (!this.#isFailing) this.#fail(error)
      batch.reject(error)
    }
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
      if (lines.length > 0) await this.#file.append(Buffer.from(`${lines.join('\n')}\n`), this.#clock.now())
    } catch {
      this.#retryLater()
      return
    }
    // Calls in flight may have added theirs meanwhile; those go with the next write.
    const added = this.#backlog.slice(lines.length)
    this.#backlog = []
    this.#backlogSizeBytes = 0
    this.#isFailing = false
    for (const line of added) void this.append(line)
    this.#events.recovered(this.#dropped)
    this.#dropped = 0
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      if (this.#backlogSizeBytes + line.length > backlogSizeMaxBytes) {
        this.#dropped++
      } else {
        this.#backlog.push(line)
        this.#backlogSizeBytes += line.length
      }
    }
  }
}

async function gather(lines: readonly string[]): Promise<void> {
  let count = 0
  while (lines.length > count && lines.length < batchRecordsGathered) {
    count = lines.length
    await new Promise(resolve => setImmediate(resolve))
  }
}

function newBatch(): Batch {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // A batch whose appenders all left must not become an unhandled rejection.
  promise.catch(() => undefined)
  return { lines: [], written: promise, resolve, reject }
}

/** After an I/O error nobody can say what is on the disk; after any other (no space, say) what was written is safe. */
function isRecoverable(error: unknown): boolean {
  return (error as { code?: string }).code !== 'EIO'
}
