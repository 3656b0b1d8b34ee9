/** The most entities of one commit. */
const entitiesMax = 25
/** A commit that takes longer makes the next one smaller. */
const batchMillisMax = 8
const restMillisMin = 10
/** The rest after a batch, in times of the batch. */
const restShare = 3

/**
 * Decides how fast entities are re-wrapped. A batch runs on the thread that answers requests, so batches are short, and the rest
 * of the time belongs to requests.
 */
export class Pace {
  #entities = entitiesMax

  /** The number of entities of the next batch. */
  get entities(): number {
    return this.#entities
  }

  /**
   * Notes a batch: the time of its work, and the time with its wait for other commits and its own sync. Returns for how many
   * milliseconds the job rests.
   */
  restAfter(workMillis: number, wholeMillis: number): number {
    if (workMillis > batchMillisMax) this.#entities = Math.max(1, this.#entities >> 1)
    else if (workMillis < batchMillisMax / 2) this.#entities = Math.min(entitiesMax, this.#entities + 1)
    return Math.max(restMillisMin, restShare * wholeMillis)
  }
}
