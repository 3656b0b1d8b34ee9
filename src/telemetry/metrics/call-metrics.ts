import type { Logger } from 'pino'
import type { ServiceError } from '../../domain/index.ts'
import type { Operation } from '../../operation/index.ts'
import type { AnswerObserver, CallObserver } from '../../pipeline/index.ts'
import { Counter, type CounterCell, Histogram, type HistogramCell, monotonicMillis } from '../../std/index.ts'

/**
 * Counts the calls by service, operation and outcome, and measures how long each takes until its answer may leave. Operations
 * and codes of errors are tables of the server, so nothing that a caller chooses becomes a label.
 */
export class CallMetrics implements CallObserver {
  readonly requests = new Counter(
    'keyward_requests_total',
    'Calls by operation and outcome: success, or the code of the error.',
    ['service', 'operation', 'outcome'],
  )
  readonly seconds = new Histogram(
    'keyward_request_seconds',
    'Time from when the operation of a request is known until its record is on disk and its answer may leave.',
    ['service', 'operation'],
  )
  /** Undefined unless the log has a line for each call. */
  readonly #log: Logger | undefined
  readonly #byOperation = new Map<Operation, OperationMetrics>()

  constructor(log: Logger) {
    this.#log = log.isLevelEnabled('debug') ? log : undefined
  }

  of({ service, operation }: Parameters<CallObserver['of']>[0]): AnswerObserver {
    const known = this.#byOperation.get(operation)
    if (known !== undefined) return known
    const names = { service: service.name, operation: operation.name }
    const outcome = (code: string) => this.requests.of({ ...names, outcome: code })
    const made = new OperationMetrics(names, this.seconds.of(names), outcome, this.#log)
    this.#byOperation.set(operation, made)
    return made
  }
}

/** The numbers of one operation. */
class OperationMetrics implements AnswerObserver {
  readonly #names: { readonly service: string; readonly operation: string }
  readonly #seconds: HistogramCell
  readonly #cellOf: (code: string) => CounterCell
  readonly #log: Logger | undefined
  readonly #success: CounterCell
  readonly #failures = new Map<string, CounterCell>()

  constructor(
    names: { readonly service: string; readonly operation: string },
    seconds: HistogramCell,
    cellOf: (code: string) => CounterCell,
    log: Logger | undefined,
  ) {
    this.#names = names
    this.#seconds = seconds
    this.#cellOf = cellOf
    this.#log = log
    this.#success = cellOf('success')
  }

  answered(requestId: string, error: ServiceError | undefined, startedAt: number): void {
    const errorCode = error?.code
    const millis = monotonicMillis() - startedAt
    this.#seconds.observe(millis / 1000)
    if (errorCode === undefined) this.#success.value++
    else this.#failed(errorCode)
    this.#log?.debug({ requestId, ...this.#names, outcome: errorCode ?? 'success', millis }, 'answered')
  }

  #failed(code: string): void {
    const cell = this.#failures.get(code) ?? this.#cellOf(code)
    this.#failures.set(code, cell)
    cell.value++
  }
}
