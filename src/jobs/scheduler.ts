/** Whether a job has more to do at once. A number means that it has, and is the time in milliseconds for which it must rest first. */
export type More = boolean | number

/**
 * Runs a job at an interval, never twice at once. It reports a run that fails, and tries again at the next interval.
 */
export class Scheduler {
  readonly #job: () => Promise<More>
  readonly #intervalMillis: number
  readonly #onFailure: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(job: () => Promise<More>, intervalMillis: number, onFailure: (error: unknown) => void) {
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
    let more: More = false
    try {
      more = await this.#job()
    } catch (error) {
      this.#onFailure(error)
    }
    if (typeof more === 'number') this.#schedule(more)
    else this.#schedule(more ? 0 : this.#intervalMillis)
  }
}
