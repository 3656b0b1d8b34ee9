/**
 * The limit on the steps of all decisions of one call. A step is about a nanosecond of work, so that a call holds its thread for
 * a few milliseconds at most, whatever the policies and the request are. The largest identity that IAM's quotas
 * allow takes less than a quarter of it (docs/limits.md). AWS does not publish its own limit.
 */
export const stepsMax = 3_000_000

/** The error of a decision that takes more steps than it may. Nothing may take it for an allow. */
export class TooManySteps extends Error {
  constructor() {
    super('the policies and the request take too many steps to evaluate')
  }
}

/** Counts the work of a decision. */
export interface Steps {
  /** Counts steps, before they are taken if there can be many. Throws TooManySteps. */
  spend(count: number): void
}

/** The steps that the decisions of one call may take together. Once they are spent, every further decision fails. */
export class StepBudget implements Steps {
  readonly #max: number
  #left: number

  constructor(max: number = stepsMax) {
    this.#max = max
    this.#left = max
  }

  /** The steps that were counted. They can exceed the limit by the count that was refused. */
  get spent(): number {
    return this.#max - this.#left
  }

  spend(count: number): void {
    this.#left -= count
    if (this.#left < 0) throw new TooManySteps()
  }
}

/** Counts nothing: for work that is bounded by the size of a policy alone. */
export const uncounted: Steps = { spend: () => undefined }
