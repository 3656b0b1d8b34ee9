/** A connection that waits for its turn to be read. */
export interface TurnTaker {
  /** Reads at most `turnSizeMaxBytes`, and asks for the next turn if there is more. */
  takeTurn(): void
}

/** The data of a connection that is read at once. Requests are smaller, and so are most of their bodies. */
export const turnSizeMaxBytes = 4 * 1024

/** The turns that are taken before connections with less data are looked at again. */
const turnsMax = 2

/**
 * The connections that have sent more than one turn's data: they take turns. Without that, a hundred clients that pipeline
 * requests would keep all others waiting for seconds.
 */
export class Turns {
  readonly #waiting = new Set<TurnTaker>()
  #isScheduled = false

  /** Gives a connection its next turn after those that have asked before. */
  ask(taker: TurnTaker): void {
    this.#waiting.add(taker)
    this.#schedule()
  }

  forget(taker: TurnTaker): void {
    this.#waiting.delete(taker)
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return
    this.#isScheduled = true
    setImmediate(() => this.#run())
  }

  #run(): void {
    this.#isScheduled = false
    let left = turnsMax
    try {
      for (const taker of this.#waiting) {
        this.#waiting.delete(taker)
        taker.takeTurn()
        if (--left === 0) break
      }
    } finally {
      this.#schedule()
    }
  }
}
