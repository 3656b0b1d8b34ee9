const entitiesMax = 25
/** A commit costs a sync, however few entities it has. */
const entitiesMin = 4
/** Work that takes longer makes the next batch smaller. */
const workMillisMax = 2
const restMillisMin = 20
/** The rest after a batch, in times of the batch: a batch and a rest take 5 % and 95 % of the time. */
const restShare = 19

/**
 * Decides how fast entities are re-wrapped. Batches run on the thread that answers requests, so they are short and few.
 */
export class Pace {
  #entities = entitiesMax

  /** The number of entities of the next batch, from 4 to 25. */
  get entities(): number {
    return this.#entities
  }

  /**
   * Takes the time of a batch: of its work alone, and with the wait for other commits and the sync of its own. Returns for
   * how many milliseconds the job rests.
   */
  restAfter(workMillis: number, wholeMillis: number): number {
    if (workMillis > workMillisMax) this.#entities = Math.max(entitiesMin, this.#entities >> 1)
    else this.#entities = Math.min(entitiesMax, this.#entities + 1)
    return Math.max(restMillisMin, restShare * wholeMillis)
  }
}
