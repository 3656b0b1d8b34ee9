/**
 * Runs a job at an interval, never twice at once. It reports a run that fails, and tries again at the next interval.
 */
export class Scheduler {
  readonly #job: () => Promise<boolean>
  readonly #intervalMillis: number
  readonly #onFailure: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  /** `job` returns whether there is more to do at once. */
  constructor(job: () => Promise<boolean>, intervalMillis: number, onFailure: (error: unknown) => void) {
    this.#job = job
    this.#intervalMillis = intervalMillis
    this.#onFailure = onFailure
  }

  start(): void {
    this.#schedule(0)
  }

  /** Stops the job, and waits for the end of a run in progress. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(delayMillis: number): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#running = this.#run()
    }, delayMillis)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    let hasMore = false
    try {
      hasMore = await this.#job()
    } catch (error) {
      this.#onFailure(error)
    }
    this.#schedule(hasMore ? 0 : this.#intervalMillis)
  }
}
