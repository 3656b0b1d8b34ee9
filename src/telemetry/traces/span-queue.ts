import { setTimeout as pause } from 'node:timers/promises'
import { Counter, type CounterCell, otherWork, randomBytes } from '../../std/index.ts'
import type { Span } from './span.ts'
import type { SpanExporter } from './span-exporter.ts'

/** The settings of a `SpanQueue`. */
export interface SpanQueueOptions {
  readonly exporter: SpanExporter
  /** Called with the problem when deliveries begin to fail, and with undefined when they succeed again. */
  readonly onChange: (problem: Error | undefined) => void
  /** Called when the first span is dropped since a delivery has succeeded. */
  readonly onDrop: () => void
  readonly bounds?: Partial<SpanQueueBounds>
}

/** The bounds of a `SpanQueue`. */
export interface SpanQueueBounds {
  /** The longest time that a span waits until it is sent. */
  readonly delayMillis: number
  /** The spans of one request. */
  readonly batchMax: number
  /** The spans that wait, besides those on the way. */
  readonly queueMax: number
  readonly attemptsMax: number
  /** The pause after the first attempt; each later one is twice as long. */
  readonly pauseMillis: number
  /** The longest time that the stop of the server waits. */
  readonly closeMillis: number
}

/** Delay, batch and queue are those of OpenTelemetry's batching span processor (Trace SDK, "Batching processor"). */
const boundDefaults: SpanQueueBounds = {
  delayMillis: 5000,
  batchMax: 512,
  queueMax: 2048,
  attemptsMax: 5,
  pauseMillis: 1000,
  closeMillis: 1000,
}
const waitMaxMillis = 30_000

/** Collects spans and sends them in batches, one after the other. A span without a place is dropped and counted; no call waits. */
export class SpanQueue {
  readonly spans = new Counter(
    'keyward_trace_spans_total',
    'Spans that have arrived, and spans that were dropped because the receiver did not take them in time.',
    ['outcome'],
  )
  readonly #options: SpanQueueOptions
  readonly #bounds: SpanQueueBounds
  readonly #delivered: CounterCell
  readonly #dropped: CounterCell
  readonly #waiting: Span[] = []
  /** Aborts when the server stops: nobody waits for the next attempt then. */
  readonly #stopping = new AbortController()
  /** Aborts when the stop has waited for long enough. */
  readonly #cut = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #isFailing = false
  #hasDropped = false

  constructor(options: SpanQueueOptions) {
    this.#options = options
    this.#bounds = { ...boundDefaults, ...options.bounds }
    this.#delivered = this.spans.of({ outcome: 'delivered' })
    this.#dropped = this.spans.of({ outcome: 'dropped' })
  }

  /** Adds a span. Throws nothing and waits for nothing. */
  add(span: Span): void {
    if (this.#waiting.length >= this.#bounds.queueMax || this.#stopping.signal.aborted) {
      this.#drop(1)
      return
    }
    this.#waiting.push(span)
    this.#schedule()
  }

  /** Sends what waits, and gives up after the time that a stop may take. */
  async close(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    const timer = setTimeout(() => this.#cut.abort(), this.#bounds.closeMillis)
    await this.#sending
    await this.#sendWhile(() => this.#waiting.length > 0 && !this.#cut.signal.aborted)
    clearTimeout(timer)
    this.#drop(this.#waiting.splice(0).length)
  }

  #schedule(): void {
    if (this.#sending !== undefined || this.#stopping.signal.aborted) return
    if (this.#waiting.length >= this.#bounds.batchMax) this.#send()
    else if (this.#waiting.length > 0)
      this.#timer ??= setTimeout(() => this.#send(), this.#bounds.delayMillis).unref()
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // The spans of the last batch may be fewer; the next ones wait for their own time.
    let isFirst = true
    const hasBatch = () => {
      const has = isFirst || this.#waiting.length >= this.#bounds.batchMax
      isFirst = false
      return has && !this.#stopping.signal.aborted
    }
    this.#sending = this.#sendWhile(hasBatch).then(() => {
      this.#sending = undefined
      this.#schedule()
    })
  }

  async #sendWhile(hasBatch: () => boolean): Promise<void> {
    // A call that has just been answered must not wait until its span is rendered.
    await otherWork()
    while (hasBatch()) {
      await this.#deliver(this.#waiting.splice(0, this.#bounds.batchMax))
      await otherWork()
    }
  }

  async #deliver(batch: readonly Span[]): Promise<void> {
    const { attemptsMax, pauseMillis } = this.#bounds
    const attemptOnce = this.#options.exporter.prepare(batch)
    for (let attempt = 1; ; attempt++) {
      const ended = await attemptOnce(this.#cut.signal)
      if (ended.kind === 'delivered') {
        const refused = Math.min(ended.refused, batch.length)
        this.#succeeded(batch.length - refused)
        this.#drop(refused)
        return
      }
      this.#failed(ended.problem)
      const isOver = ended.kind === 'refused' || attempt >= attemptsMax || this.#stopping.signal.aborted
      if (isOver) {
        this.#drop(batch.length)
        return
      }
      const own = pauseMillis * 2 ** (attempt - 1) * jitter()
      await this.#pause(Math.min(Math.max(ended.waitMillis ?? 0, own), waitMaxMillis))
    }
  }

  async #pause(millis: number): Promise<void> {
    const { signal } = this.#stopping
    await pause(millis, undefined, { ref: false, signal }).catch(() => undefined)
  }

  #succeeded(count: number): void {
    this.#delivered.value += count
    this.#hasDropped = false
    if (!this.#isFailing) return
    this.#isFailing = false
    this.#options.onChange(undefined)
  }

  #failed(problem: Error): void {
    if (this.#isFailing) return
    this.#isFailing = true
    this.#options.onChange(problem)
  }

  #drop(count: number): void {
    if (count === 0) return
    this.#dropped.value += count
    if (this.#hasDropped) return
    this.#hasDropped = true
    this.#options.onDrop()
  }
}

/** From 0.5 to 1, so that servers do not come back all at once (OTLP, "OTLP/HTTP Connection"). */
const jitter = () => 0.5 + randomBytes(2).readUInt16BE() / 0x20000
