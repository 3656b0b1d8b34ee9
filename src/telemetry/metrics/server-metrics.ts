import type { Logger } from 'pino'
import { Counter, type Metric, monotonicMillis, renderMetrics } from '../../std/index.ts'
import { CallMetrics } from './call-metrics.ts'
import { processMetrics } from './process-metrics.ts'

/** The time for which all scrapes get the same text, so that nobody can keep the server busy with them. */
const freshMillis = 1000

/** The metrics of the server. A request pays for its own count and time alone; a scrape reads all else. */
export class ServerMetrics {
  readonly calls: CallMetrics
  readonly #refusals = new Counter(
    'keyward_http_refusals_total',
    'Requests that were refused before an operation was known, by the code of the error.',
    ['outcome'],
  )
  readonly #fetches = new Counter(
    'keyward_outbound_fetches_total',
    'Requests of the server itself, by purpose and outcome.',
    ['purpose', 'outcome'],
  )
  readonly #deliveries = new Counter(
    'keyward_trail_deliveries_total',
    'Attempts to deliver a file of a trail, by the kind of the file and the outcome.',
    ['kind', 'outcome'],
  )
  readonly #log: Logger
  readonly #sources: (() => readonly Metric[])[] = []
  #metrics: readonly Metric[] | undefined
  #rendered: { readonly at: number; readonly text: Promise<string> } | undefined

  constructor(log: Logger) {
    this.#log = log
    this.calls = new CallMetrics(log)
    this.add(() => [this.calls.requests, this.calls.seconds, this.#refusals, this.#fetches, this.#deliveries])
    this.add(processMetrics)
  }

  /** Adds the metrics of a part. The function is called at the first scrape, so that no start pays for it. */
  add(source: () => readonly Metric[]): void {
    this.#sources.push(source)
  }

  /** Counts the refusal of a request that is no call. The code is of the table of errors. */
  countRefusal(code: string): void {
    this.#refusals.of({ outcome: code }).value++
  }

  /** Counts a request that the server itself has made. */
  countFetch(purpose: 'issuer_keys', succeeded: boolean): void {
    this.#fetches.of({ purpose, outcome: outcomeOf(succeeded) }).value++
  }

  /** Counts an attempt to deliver a file of a trail. */
  countDelivery(kind: 'log' | 'digest', succeeded: boolean): void {
    this.#deliveries.of({ kind, outcome: outcomeOf(succeeded) }).value++
  }

  /** Returns the text exposition. It is made at most once a second. */
  render(): Promise<string> {
    const now = monotonicMillis()
    if (this.#rendered === undefined || now - this.#rendered.at >= freshMillis) {
      this.#metrics ??= this.#sources.flatMap(source => source())
      this.#rendered = { at: now, text: renderMetrics(this.#metrics, this.#report) }
    }
    return this.#rendered.text
  }

  readonly #report = (error: unknown, metric: string): void => {
    this.#log.error({ err: error, metric }, 'a metric cannot be read')
  }
}

const outcomeOf = (succeeded: boolean) => (succeeded ? 'success' : 'failure')
