import type { LogPosition } from '../../audit/index.ts'
import { type BatchLimits, nextBatch } from './line-source.ts'
import type { Sink, SinkBatch } from './sink.ts'

/** The audit log as a runner reads it, and the place of its cursor. */
export interface SinkSource {
  readonly directory: string
  /** The names of all files of the log, oldest first. */
  listNames(): Promise<readonly string[]>
  /** The end of what is written. */
  position(): LogPosition
  /** Resolves when all that is written is on disk, whatever the durability of the log. */
  sync(): Promise<void>
  /** Returns how far the sink came before; undefined for a new sink, which begins at the end. */
  loadCursor(): Promise<LogPosition | undefined>
  saveCursor(place: LogPosition): Promise<void>
}

/** The settings of a `SinkRunner`. */
export interface SinkRunnerOptions {
  readonly source: SinkSource
  readonly sink: Sink
  /** Returns the text that the sink gets for a line of the log; undefined for a line that it does not get. */
  readonly select: (line: string) => string | undefined
  readonly now: () => number
  /** Called when deliveries begin to fail, with the reason, and when they work again. */
  readonly onChange: (problem: Error | undefined) => void
  readonly limits?: BatchLimits
}

/** How far a sink is behind. */
export interface SinkLag {
  /** Since when the oldest line waits, as far as the runner knows; 0 if none waits. */
  readonly millis: number
  readonly isFailing: boolean
}

const limitsDefault: BatchLimits = { linesMax: 500, sizeMaxBytes: 1024 * 1024 }
const pollMillis = 500
/** A stop must not wait for a sink that is hours behind, or for one that answers slowly or never. */
const batchesAtCloseMax = 20
const closeMillisMax = 5000
const backOffMillis = [1000, 2000, 5000, 15_000, 60_000, 300_000] as const
/** A cursor is a commit, which the state line of the log follows; a kill repeats the records of this time. */
const saveMillis = 5000

/**
 * Delivers the lines of the audit log to a sink, at least once and in order, from a cursor of its own. A call never waits for
 * it. It waits longer after each failure, up to five minutes.
 */
export class SinkRunner {
  readonly #options: SinkRunnerOptions
  #cursor: LogPosition | undefined
  #saved: LogPosition | undefined
  #savedAt = 0
  /** Whether anything was delivered since the cursor was saved: lines of the log's own alone are not worth a commit. */
  #hasNews = false
  #failures = 0
  #behindSince: number | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false
  #isSavedLast = false
  /** Whether the cursor was saved for the last time: a delivery that is still under way moves it no more. */
  #isEnded = false

  constructor(options: SinkRunnerOptions) {
    this.#options = options
  }

  /** How far the sink is behind. */
  get lag(): SinkLag {
    const since = this.#behindSince
    return {
      millis: since === undefined ? 0 : this.#options.now() - since,
      isFailing: this.#failures > 0,
    }
  }

  start(): void {
    this.#schedule(0)
  }

  /**
   * Saves the cursor for the last time. Lines that `close` delivers after that come again after the next start: a commit behind
   * the last signed head would be a change of the database that no head covers.
   */
  async saveLast(): Promise<void> {
    await this.#save().catch(() => undefined)
    this.#isSavedLast = true
  }

  /** Delivers some batches of what is durable now, unless the sink fails or takes too long. Saves the cursor. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await within(closeMillisMax, this.#deliverLast())
    this.#isEnded = true
    await this.#save().catch(() => undefined)
    await within(closeMillisMax, this.#options.sink.close())
  }

  async #deliverLast(): Promise<void> {
    await this.#running
    if (this.#failures === 0) await this.#deliver(batchesAtCloseMax).catch(() => undefined)
  }

  #schedule(delayMillis: number): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#running = this.#run()
    }, delayMillis)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    try {
      await this.#deliver(Number.POSITIVE_INFINITY)
      if (this.#failures > 0) this.#options.onChange(undefined)
      this.#failures = 0
      await this.#saveIfDue()
      this.#schedule(pollMillis)
    } catch (error) {
      if (this.#failures === 0 && !this.#isEnded) this.#options.onChange(error as Error)
      const delay = backOffMillis[Math.min(this.#failures, backOffMillis.length - 1)] ?? 0
      this.#failures++
      this.#schedule(delay)
    }
  }

  /** Delivers what is durable now, in at most `batchesMax` batches, or in few when the runner closes. */
  async #deliver(batchesMax: number): Promise<void> {
    const { source, limits = limitsDefault } = this.#options
    const to = source.position()
    this.#cursor ??= await this.#findCursor(to)
    if (isAt(this.#cursor, to)) return
    this.#behindSince ??= this.#options.now()
    const names = await source.listNames()
    for (let batches = 0; batches < batchesMax; batches++) {
      const batch = await nextBatch({ directory: source.directory, names, from: this.#cursor, to }, limits)
      if (batch === undefined) {
        this.#behindSince = undefined
        return
      }
      await this.#deliverBatch(batch)
      if (this.#isEnded || (this.#isClosed && batchesMax > batchesAtCloseMax)) return
      // A sink that is far behind takes long to catch up.
      await this.#saveIfDue()
    }
  }

  async #deliverBatch({ lines, to }: SinkBatch): Promise<void> {
    const { source, sink, select } = this.#options
    const selected = lines.map(select).filter(line => line !== undefined)
    if (selected.length > 0) {
      // A power cut takes back what is not on disk, and a witness of it would contradict the log for ever.
      await source.sync()
      await sink.deliver({ lines: selected, to })
      this.#hasNews = true
    }
    this.#cursor = to
  }

  /** A new sink begins at the end of the log, and that place is kept before it has anything. */
  async #findCursor(end: LogPosition): Promise<LogPosition> {
    const { source } = this.#options
    const known = await source.loadCursor()
    if (known === undefined) {
      await source.sync()
      await source.saveCursor(end)
    }
    return known ?? end
  }

  async #saveIfDue(): Promise<void> {
    if (!this.#isEnded && this.#options.now() - this.#savedAt >= saveMillis) await this.#save()
  }

  async #save(): Promise<void> {
    const cursor = this.#cursor
    if (
      this.#isSavedLast ||
      cursor === undefined ||
      !this.#hasNews ||
      (this.#saved !== undefined && isAt(cursor, this.#saved))
    )
      return
    const { source } = this.#options
    // A place that a power cut takes back would hide the records that are written there later.
    await source.sync()
    await source.saveCursor(cursor)
    this.#saved = cursor
    this.#savedAt = this.#options.now()
    this.#hasNews = false
  }
}

/** Waits for work to settle, and no longer than a time. Throws its error. */
async function within(millis: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, millis)
  await Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

const isAt = (a: LogPosition, b: LogPosition) => a.file === b.file && a.offset === b.offset
