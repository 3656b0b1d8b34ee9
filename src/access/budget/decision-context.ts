import type { ConditionContext } from '../condition/condition-context.ts'
import type { StepBudget, Steps } from './step-budget.ts'

/** The steps of looking up the values of a condition key. */
const perLookUp = 128

/** The condition values of one decision, with the steps that it may take and what it has worked out so far. */
export class DecisionContext implements ConditionContext, Steps {
  readonly #values: ConditionContext
  readonly #budget: StepBudget
  #made: Map<object, unknown> | undefined
  #lastKey: string | undefined
  #lastValues: readonly string[] | undefined

  constructor(values: ConditionContext, budget: StepBudget) {
    this.#values = values
    this.#budget = budget
  }

  valuesOf(key: string): readonly string[] | undefined {
    this.#budget.spend(perLookUp)
    // Statements after one another often ask for one key, and a request has the same values all the time.
    if (key !== this.#lastKey) {
      this.#lastValues = this.#values.valuesOf(key)
      this.#lastKey = key
    }
    return this.#lastValues
  }

  spend(count: number): void {
    this.#budget.spend(count)
  }

  /**
   * Makes something only once in a decision, such as a pattern whose variables are replaced, although it is compared with many
   * values. `of` is what it is made of.
   */
  once<Made>(of: object, make: () => Made): Made {
    this.#made ??= new Map()
    if (this.#made.has(of)) return this.#made.get(of) as Made
    const made = make()
    this.#made.set(of, made)
    return made
  }
}
