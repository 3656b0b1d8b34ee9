import { monotonicMillis } from '../../std/index.ts'
import { Abandoned } from '../problems.ts'
import type { Requester } from '../requester.ts'
import type { FairQueue } from './fair-queue.ts'

/** A call that waits for its turn until a deadline. */
export interface Turn {
  readonly waiter: Pick<Requester, 'accountId' | 'signal'>
  /** A moment of `monotonicMillis`. */
  readonly deadline: number
  /** Returns the error of a call whose turn has not come by then. */
  readonly late: () => Error
}

/**
 * Runs a call when it is its turn. A call that waits leaves the queue at its deadline. Rejects with the error of `late` then, with TooMuchWaiting,
 * and with Abandoned if the waiter is gone before the call is made.
 */
export function inTurn<T>(queue: FairQueue, turn: Turn, call: () => Promise<T>): Promise<T> {
  // A call that begins at once needs no signal, which costs the caller more than the look.
  return queue.isFull ? waitForTurn(queue, turn, call) : queue.run(undefined, call)
}

async function waitForTurn<T>(
  queue: FairQueue,
  { waiter, deadline, late }: Turn,
  call: () => Promise<T>,
): Promise<T> {
  const atDeadline = AbortSignal.timeout(Math.max(0, Math.ceil(deadline - monotonicMillis())))
  const { accountId, signal: gone } = waiter
  const signal = gone === undefined ? atDeadline : AbortSignal.any([gone, atDeadline])
  try {
    return await queue.run({ accountId, signal }, call)
  } catch (error) {
    throw error instanceof Abandoned && gone?.aborted !== true ? late() : error
  }
}
