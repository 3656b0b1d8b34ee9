import type { Metric, Millis } from '../../std/index.ts'
import type { AuditLog } from './audit-log.ts'
import type { DatabaseState } from './database-state.ts'

const clearMillis = 1000

/** The records of committed changes that may not be in the log yet. The store keeps them with the changes. */
export interface Outbox {
  /** The oldest first. */
  list(): Promise<readonly { readonly eventId: string; readonly recordedAt: Millis; readonly line: string }[]>
  delete(eventIds: readonly string[]): Promise<void>
}

/**
 * The audit log joined with the store. A change is committed together with its record (the outbox), so that a crash
 * between the commit and the log loses neither. Records that are in the log leave the outbox a little later.
 */
export class Recorder {
  readonly #log: AuditLog
  readonly #outbox: Outbox
  #logged: string[] = []
  #timer: NodeJS.Timeout | undefined
  #clearing: Promise<void> = Promise.resolve()

  private constructor(log: AuditLog, outbox: Outbox) {
    this.#log = log
    this.#outbox = outbox
  }

  /**
   * Opens the recorder, and logs each record that a crash kept out of the log once. `readState` returns the state of the
   * database, for the log.
   */
  static async open(log: AuditLog, outbox: Outbox, readState?: () => DatabaseState): Promise<Recorder> {
    const recorder = new Recorder(log, outbox)
    const waiting = await outbox.list()
    const [oldest] = waiting
    if (oldest !== undefined) {
      const eventIds = waiting.map(({ eventId }) => eventId)
      const logged = await log.findRecords(new Set(eventIds), oldest.recordedAt)
      const missing = waiting.filter(({ eventId }) => !logged.has(eventId))
      await Promise.all(missing.map(({ line }) => log.append(line)))
      await outbox.delete(eventIds)
    }
    if (readState !== undefined) await log.noteStates(readState)
    return recorder
  }

  /** Whether the log is failing. A call made now could not be recorded. */
  get isFailing(): boolean {
    return this.#log.isFailing
  }

  /** Returns the metrics of the log. */
  metrics(): Metric[] {
    return this.#log.metrics()
  }

  /** Resolves when the record is on disk. */
  append(line: string): Promise<void> {
    return this.#log.append(line)
  }

  /** Does the same for a record that is also in the outbox. */
  async appendCommitted(eventId: string, line: string): Promise<void> {
    await this.#log.append(line)
    this.#logged.push(eventId)
    this.#timer ??= setTimeout(() => this.#clear(), clearMillis).unref()
  }

  /** Clears the outbox and closes the log. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#clear()
    await this.#clearing
    await this.#log.close()
  }

  #clear(): void {
    this.#timer = undefined
    const eventIds = this.#logged
    this.#logged = []
    if (eventIds.length === 0) return
    // Rows that stay in the outbox cost only a look-up at the next start.
    this.#clearing = this.#outbox.delete(eventIds).catch(() => undefined)
  }
}
