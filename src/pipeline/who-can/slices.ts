import { otherWork } from '../../std/index.ts'

/**
 * The steps after which other work has its turn. A step is about a nanosecond, as in a decision. The slice ends after the part that passes
 * this number, and the largest part is a decision with `stepsMax` steps: both together are less than five milliseconds.
 */
const sliceSteps = 1_000_000

/** The work of a long call, cut into slices by counted steps, so that the slices do not depend on the machine and its load. */
export class Slices {
  readonly #onTurn: ((steps: number) => void) | undefined
  #spent = 0

  /** `onTurn` hears of the steps of each slice at its end. */
  constructor(onTurn?: (steps: number) => void) {
    this.#onTurn = onTurn
  }

  /** Counts steps that were taken. Waits for other work at the end of a slice. */
  async spend(steps: number): Promise<void> {
    this.#spent += steps
    if (this.#spent < sliceSteps) return
    this.#onTurn?.(this.#spent)
    this.#spent = 0
    await otherWork()
  }
}
