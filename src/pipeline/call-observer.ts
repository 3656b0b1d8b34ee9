import type { ServiceError } from '../domain/index.ts'
import type { Call } from '../operation/index.ts'

/** Hears of the answers to the calls of one operation. */
export interface AnswerObserver {
  /** An answer may leave. `startedAt` is the monotonic time at which its call began; there is no error for a success. */
  answered(requestId: string, error: ServiceError | undefined, startedAt: number): void
}

/** Hears of calls, such as to count them. */
export interface CallObserver {
  /**
   * Returns the observer of an operation's answers. It must hold nothing of the call, so that the call is garbage while its
   * answer waits for the log.
   */
  of(call: Pick<Call, 'service' | 'operation' | 'traceparent'>): AnswerObserver
}
