/** The steps that close the parts which were opened so far, from the last part to the first. */
export class Cleanup {
  readonly #steps: (() => void | Promise<void>)[] = []

  /** Adds the step that closes a part. */
  add(step: () => void | Promise<void>): void {
    this.#steps.push(step)
  }

  /** Performs each step, even where one before it failed, and throws the first failure. */
  async run(): Promise<void> {
    const failures: unknown[] = []
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
