import type { Metric, Millis } from '../../std/index.ts'
import type { AuditLog } from './audit-log.ts'
import type { DatabaseState } from './database-state.ts'
import type { RefusalBudget, RefusalCause } from './refusal-budget.ts'

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
  readonly #refusals: RefusalBudget | undefined
  readonly #conditions: (() => boolean)[] = []
  #logged: string[] = []
  #timer: NodeJS.Timeout | undefined
  #clearing: Promise<void> = Promise.resolve()

  private constructor(log: AuditLog, outbox: Outbox, refusals: RefusalBudget | undefined) {
    this.#log = log
    this.#outbox = outbox
    this.#refusals = refusals
  }

  /**
   * Opens the recorder, and logs each record that a crash kept out of the log once. `readState` returns the state of the
   * database, for the log. Without `refusals`, every refusal has a record.
   */
  static async open(
    log: AuditLog,
    outbox: Outbox,
    readState?: () => DatabaseState,
    refusals?: RefusalBudget,
  ): Promise<Recorder> {
    const recorder = new Recorder(log, outbox, refusals)
    const waiting = await outbox.list()
    const [oldest] = waiting
    if (oldest !== undefined) {
      const eventIds = waiting.map(({ eventId }) => eventId)
      const logged = await log.findRecords(new Set(eventIds), oldest.recordedAt)
      const missing = waiting.filter(({ eventId }) => !logged.has(eventId))
      await Promise.all(missing.map(({ line }) => log.append(line)))
      await log.sync()
      await outbox.delete(eventIds)
    }
    if (readState !== undefined) await log.noteStates(readState)
    return recorder
  }

  /** Whether the log is failing. A call made now could not be recorded. */
  get isFailing(): boolean {
    return this.#log.isFailing || this.#conditions.some(fails => fails())
  }

  /** Makes the recorder fail, too, while a condition holds, such as a sink that is too far behind. */
  alsoFailsWhile(condition: () => boolean): void {
    this.#conditions.push(condition)
  }

  /** Returns the metrics of the log. */
  metrics(): Metric[] {
    return [...this.#log.metrics(), ...(this.#refusals?.metrics() ?? [])]
  }

  /** Resolves when the record is on disk. */
  append(line: string): Promise<void> {
    return this.#log.append(line)
  }

  /**
   * Does the same for the refusal of a call without a proved caller, within the budget of such records. Above the budget the
   * refusal is counted, and resolves at once.
   */
  appendRefusal(line: string, cause: RefusalCause): Promise<void> {
    return this.#refusals === undefined ? this.#log.append(line) : this.#refusals.append(line, cause)
  }

  /** Does the same for a record that is also in the outbox. */
  async appendCommitted(eventId: string, line: string): Promise<void> {
    await this.#log.append(line)
    this.#logged.push(eventId)
    this.#timer ??= setTimeout(() => this.#clear(), clearMillis).unref()
  }

  /** Takes all logged records out of the outbox, and records the refusals that are only counted yet. */
  async clearOutbox(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#refusals?.close().catch(() => undefined)
    this.#clear()
    await this.#clearing
  }

  /** Clears the outbox and closes the log. */
  async close(): Promise<void> {
    await this.clearOutbox()
    await this.#log.close()
  }

  #clear(): void {
    this.#timer = undefined
    const eventIds = this.#logged
    this.#logged = []
    if (eventIds.length === 0) return
    // A record that is not on disk yet could vanish with the power, and its change would have no record.
    const cleared = this.#log.sync().then(() => this.#outbox.delete(eventIds))
    // Rows that stay in the outbox cost only a look-up at the next start.
    this.#clearing = cleared.catch(() => undefined)
  }
}
