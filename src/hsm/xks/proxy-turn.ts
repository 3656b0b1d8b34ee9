import { monotonicMillis } from '../../std/index.ts'
import { Abandoned } from '../problems.ts'
import type { Requester } from '../requester.ts'
import type { FairQueue } from '../software/fair-queue.ts'
import { tooLate } from './proxy-exchange.ts'

/** The requester of a call of a proxy. */
export type Waiter = Pick<Requester, 'accountId' | 'signal'>

/**
 * Runs a call of a proxy when it is its turn. A call that waits leaves the queue at its deadline, a moment of `monotonicMillis`. Rejects with
 * XksFailure then, with TooMuchWaiting, and with Abandoned if the waiter is gone before the call is made.
 */
export function inTurn<T>(
  queue: FairQueue,
  waiter: Waiter,
  deadline: number,
  call: () => Promise<T>,
): Promise<T> {
  // A call that begins at once needs no signal, which costs the caller more than the look.
  return queue.isFull ? waitForTurn(queue, waiter, deadline, call) : queue.run(undefined, call)
}

async function waitForTurn<T>(
  queue: FairQueue,
  waiter: Waiter,
  deadline: number,
  call: () => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(Math.max(0, Math.ceil(deadline - monotonicMillis())))
  const { accountId, signal: gone } = waiter
  const signal = gone === undefined ? late : AbortSignal.any([gone, late])
  try {
    return await queue.run({ accountId, signal }, call)
  } catch (error) {
    throw error instanceof Abandoned && gone?.aborted !== true ? tooLate() : error
  }
}
