import { Abandoned, TooMuchWaiting } from '../problems.ts'
import type { Requester } from '../requester.ts'

/** A job that waits. */
interface Waiting {
  begin(): void
  fail(error: Error): void
}

/**
 * A queue in front of slow work. Accounts take turns, so that the jobs of one never stand before those of the others, and
 * only so many jobs of an account wait. A job whose requester is gone leaves the queue and never begins. A job without a
 * requester is the server's own: it takes turns like those of an account, and all of its kind may wait.
 */
export class FairQueue {
  #runningMax: number
  readonly #waitingMax: number
  #running = 0
  #refused = 0
  /** The jobs that wait, by account. The order of the accounts is that of their turns. */
  readonly #waiting = new Map<string | undefined, Set<Waiting>>()

  /** `runningMax` jobs run at the same time, and `waitingMax` of each account wait. */
  constructor({ runningMax, waitingMax }: { readonly runningMax: number; readonly waitingMax: number }) {
    this.#runningMax = runningMax
    this.#waitingMax = waitingMax
  }

  /** Starts a job when it is its turn. Throws TooMuchWaiting and Abandoned; a job that throws one of them never began. */
  async run<T>(requester: Requester | undefined, job: () => Promise<T>): Promise<T> {
    if (requester?.signal?.aborted === true) throw abandoned()
    // Nothing waits while there is room.
    if (this.isFull) await this.#turn(requester)
    else this.#running++
    try {
      return await job()
    } finally {
      this.#running--
      this.#next()
    }
  }

  /** Changes how many jobs run at the same time. Jobs that run already go on. */
  set runningMax(runningMax: number) {
    this.#runningMax = runningMax
    this.#next()
  }

  /** Whether a new job would have to wait. */
  get isFull(): boolean {
    return this.#running >= this.#runningMax
  }

  /** The jobs that run and that wait now, and those that were refused because too many waited. */
  get figures(): { readonly running: number; readonly waiting: number; readonly refused: number } {
    const waiting = this.#waiting.values().reduce((sum, jobs) => sum + jobs.size, 0)
    return { running: this.#running, waiting, refused: this.#refused }
  }

  /** Drops all jobs that wait. */
  close(error: Error): void {
    const dropped = [...this.#waiting.values()].flatMap(jobs => [...jobs])
    this.#waiting.clear()
    for (const job of dropped) job.fail(error)
  }

  /** Waits for the turn of a new job, which then counts as running. */
  #turn(requester: Requester | undefined): Promise<void> {
    const accountId = requester?.accountId
    const jobs = this.#waiting.get(accountId) ?? new Set()
    if (requester !== undefined && jobs.size >= this.#waitingMax) {
      this.#refused++
      throw new TooMuchWaiting(`${jobs.size} long calls of the account wait already`)
    }
    const signal = requester?.signal
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = () => {
      jobs.delete(job)
      if (jobs.size === 0) this.#waiting.delete(accountId)
      reject(abandoned())
    }
    const stay = () => signal?.removeEventListener('abort', leave)
    const job: Waiting = {
      begin() {
        stay()
        resolve()
      },
      fail(error) {
        stay()
        reject(error)
      },
    }
    signal?.addEventListener('abort', leave)
    jobs.add(job)
    this.#waiting.set(accountId, jobs)
    return promise
  }

  /** Starts jobs while there is room: the oldest of the account whose turn it is. Its next turn comes after those of all others. */
  #next(): void {
    for (const [accountId, jobs] of this.#waiting) {
      if (this.isFull) return
      const [job] = jobs
      this.#waiting.delete(accountId)
      if (job === undefined) continue
      jobs.delete(job)
      // The loop comes to it again, after the others.
      if (jobs.size > 0) this.#waiting.set(accountId, jobs)
      this.#running++
      job.begin()
    }
  }
}

const abandoned = () => new Abandoned('the client was gone before the work began')
