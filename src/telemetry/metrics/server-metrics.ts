import type { Logger } from 'pino'
import {
  type CollectedMetric,
  Counter,
  collectMetrics,
  listSamples,
  type Metric,
  type Millis,
  monotonicMillis,
  type NamedSample,
  renderMetrics,
  systemClock,
} from '../../std/index.ts'
import { CallMetrics } from './call-metrics.ts'
import { processMetrics } from './process-metrics.ts'

/** The time for which everybody gets the same values, so that nobody can keep the server busy with scrapes. */
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
  #latest: LatestValues | undefined

  constructor(log: Logger) {
    this.#log = log
    this.calls = new CallMetrics(log)
    this.add(() => [this.calls.requests, this.calls.seconds, this.#refusals, this.#fetches, this.#deliveries])
    this.add(processMetrics)
  }

  /** Adds the metrics of a part. The function is called at the first scrape, so that no start pays for it. */
  add(source: () => readonly Metric[]): void {
    this.#sources.push(source)
    this.#metrics = undefined
  }

  /** Returns a function that takes back all metrics which were added after this call. */
  mark(): () => void {
    const count = this.#sources.length
    return () => {
      this.#sources.length = count
      this.#metrics = undefined
    }
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
    const latest = this.#readLatest()
    latest.text ??= latest.collected.then(renderMetrics)
    return latest.text
  }

  /** Returns the same values as samples, with the time at which they were read. */
  readSamples(): Promise<TimedSamples> {
    const latest = this.#readLatest()
    latest.samples ??= latest.collected.then(collected => ({
      time: latest.time,
      samples: listSamples(collected),
    }))
    return latest.samples
  }

  /** Returns the values in use, or reads them if they are older than a second. */
  #readLatest(): LatestValues {
    const now = monotonicMillis()
    if (this.#latest === undefined || now - this.#latest.at >= freshMillis) {
      this.#metrics ??= this.#sources.flatMap(source => source())
      const collected = collectMetrics(this.#metrics, this.#report)
      this.#latest = { at: now, time: systemClock.now(), collected }
    }
    return this.#latest
  }

  readonly #report = (error: unknown, metric: string): void => {
    this.#log.error({ err: error, metric }, 'a metric cannot be read')
  }
}

/** Samples with the time at which they were read, by the clock of the machine. */
export interface TimedSamples {
  readonly time: Millis
  readonly samples: readonly NamedSample[]
}

/** The values of one moment, in the forms in which somebody has asked for them. */
interface LatestValues {
  /** When they were read, in monotonic milliseconds. */
  readonly at: number
  readonly time: Millis
  readonly collected: Promise<readonly CollectedMetric[]>
  text?: Promise<string>
  samples?: Promise<TimedSamples>
}

const outcomeOf = (succeeded: boolean) => (succeeded ? 'success' : 'failure')
