/** Runs a job again and again, never twice at once; a run that fails is reported and tried again next time. */
export class Scheduler {
  readonly #job: () => Promise<boolean>
  readonly #intervalMillis: number
  readonly #onFailure: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  /** `job` says whether there is more to do at once. */
  constructor(job: () => Promise<boolean>, intervalMillis: number, onFailure: (error: unknown) => void) {
    this.#job = job
    this.#intervalMillis = intervalMillis
    this.#onFailure = onFailure
  }

  start(): void {
    this.#schedule(0)
  }

  /** Waits for the run under way. */
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
