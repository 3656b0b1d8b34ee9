const entriesMax = 1000

/** Knows whether something comes for the first time. Above its limit it forgets everything, so that it does not grow for ever. */
export class FirstTimes {
  readonly #known = new Set<string>()

  /** Whether this entry comes for the first time. */
  isFirst(entry: string): boolean {
    if (this.#known.has(entry)) return false
    if (this.#known.size >= entriesMax) this.#known.clear()
    this.#known.add(entry)
    return true
  }
}
