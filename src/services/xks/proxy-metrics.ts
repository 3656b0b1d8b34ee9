import {
  Counter,
  type CounterCell,
  Histogram,
  type HistogramCell,
  type Metric,
  monotonicMillis,
} from '../../std/index.ts'

/** Counts the requests to the proxy, and measures how long each takes. Nothing that a client chooses becomes a label. */
export class ProxyMetrics {
  readonly #requests = new Counter(
    'keyward_xks_proxy_requests_total',
    'Requests to the external key store proxy by operation and outcome: success, or the name of the error.',
    ['operation', 'outcome'],
  )
  readonly #seconds = new Histogram(
    'keyward_xks_proxy_request_seconds',
    'Time from when a request to the external key store proxy is complete until its answer may leave.',
    ['operation'],
  )
  readonly #counts = new Map<string, CounterCell>()
  readonly #times = new Map<string, HistogramCell>()

  /** Counts an answer. `startedAt` is the monotonic time at which its request was complete. */
  answered(operation: string, outcome: string, startedAt: number): void {
    const name = `${operation} ${outcome}`
    const count = this.#counts.get(name) ?? this.#requests.of({ operation, outcome })
    this.#counts.set(name, count)
    count.value++
    const time = this.#times.get(operation) ?? this.#seconds.of({ operation })
    this.#times.set(operation, time)
    time.observe((monotonicMillis() - startedAt) / 1000)
  }

  metrics(): Metric[] {
    return [this.#requests, this.#seconds]
  }
}
