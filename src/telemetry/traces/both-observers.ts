import type { ServiceError } from '../../domain/index.ts'
import type { AnswerObserver, CallObserver } from '../../pipeline/index.ts'

/** Reports calls to two observers. */
export class BothObservers implements CallObserver {
  readonly #first: CallObserver
  readonly #second: CallObserver

  constructor(first: CallObserver, second: CallObserver) {
    this.#first = first
    this.#second = second
  }

  of(call: Parameters<CallObserver['of']>[0]): AnswerObserver {
    return new BothAnswers(this.#first.of(call), this.#second.of(call))
  }
}

class BothAnswers implements AnswerObserver {
  readonly #first: AnswerObserver
  readonly #second: AnswerObserver

  constructor(first: AnswerObserver, second: AnswerObserver) {
    this.#first = first
    this.#second = second
  }

  answered(requestId: string, error: ServiceError | undefined, startedAt: number): void {
    this.#first.answered(requestId, error, startedAt)
    this.#second.answered(requestId, error, startedAt)
  }
}
