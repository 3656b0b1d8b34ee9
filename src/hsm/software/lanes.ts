import { availableParallelism } from 'node:os'
import { byLabel, type Metric, reading } from '../../std/index.ts'
import { FairQueue } from '../queues/fair-queue.ts'
import type { Requester } from '../requester.ts'
import type { RsaGenerator } from './key-pair-specs.ts'
import { type InputsOf, type ResultOf, SlowLane } from './slow-lane.ts'
import type { SlowTasks } from './slow-lane-worker.ts'

// The lanes together leave one processor free if there are three or more; of two processors, each lane may use one.
const processors = availableParallelism()
const makingThreads = Math.max(1, Math.floor(processors / 4))
const usingThreads = Math.max(1, processors - 1 - makingThreads)

/** An RSA key takes up to seconds. Even a client that waits for a minute gets all the keys that may wait. */
const makingWaitingMax = 16

/** Work with keys takes up to milliseconds, so this is a second or two of one thread. */
const usingWaitingMax = 1000

/**
 * libuv's pool has four threads, and the sync of the audit log needs one of them. No more than one job of a millisecond or
 * less stands before it.
 */
const poolRunningMax = 8

/** The places where the slow work of one requester is done. */
export interface Lane {
  /** Runs a task in the slow lane for work with keys. */
  run<T extends keyof SlowTasks>(task: T, ...inputs: InputsOf<SlowTasks[T]>): Promise<ResultOf<T>>
  /** Runs a task in the slow lane for keys that are made or checked. */
  make<T extends keyof SlowTasks>(task: T, ...inputs: InputsOf<SlowTasks[T]>): Promise<ResultOf<T>>
  /** Runs a job of OpenSSL that works in libuv's pool. */
  pool<T>(job: () => Promise<T>): Promise<T>
  readonly generateRsa: RsaGenerator
}

/**
 * All places where slow work is done. In each of them accounts take turns, and only so much work of an account waits
 * (`FairQueue`).
 */
export class Lanes {
  /** For work with keys. */
  readonly #using = new SlowLane({ threadsMax: usingThreads, waitingMax: usingWaitingMax })
  /**
   * For keys that are made or checked, so that no signature waits until primes are found. That takes seconds of a
   * processor, and a busy machine gives these threads little of it.
   */
  readonly #making = new SlowLane({
    threadsMax: makingThreads,
    silenceMillisMax: 600_000,
    tasksPerThread: 1,
    waitingMax: makingWaitingMax,
  })
  readonly #pool = new FairQueue({ runningMax: poolRunningMax, waitingMax: usingWaitingMax })

  /** Returns the lanes as they work for a requester; without one, for the server itself. */
  for(requester: Requester | undefined): Lane {
    return {
      run: (task, ...inputs) => this.#using.runFor(requester, task, ...inputs),
      make: (task, ...inputs) => this.#making.runFor(requester, task, ...inputs),
      pool: job => this.#pool.run(requester, job),
      generateRsa: modulusLength => this.#making.runFor(requester, `generateRsa${modulusLength}`, undefined),
    }
  }

  /** Returns the metrics of the queues. */
  metrics(): Metric[] {
    const queues = { using: this.#using, making: this.#making, pool: this.#pool }
    const each = (name: keyof FairQueue['figures']) => () =>
      byLabel(
        'queue',
        Object.entries(queues).map(([queue, { figures }]) => [queue, figures[name]]),
      )
    return [
      reading('gauge', 'keyward_hsm_queue_running', 'Slow tasks of keys that run.', each('running')),
      reading('gauge', 'keyward_hsm_queue_waiting', 'Slow tasks of keys that wait.', each('waiting')),
      reading(
        'counter',
        'keyward_hsm_queue_refused_total',
        'Slow tasks that were refused because too many of the account waited.',
        each('refused'),
      ),
    ]
  }

  close(): void {
    this.#using.close()
    this.#making.close()
    this.#pool.close(new Error('the HSM is closed'))
  }
}
