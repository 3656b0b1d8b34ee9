/** A connection whose answers wait, as the budget sees it. */
export interface AnswerHolder {
  /** The bytes of answers that wait for earlier answers, or for the client to read. */
  readonly heldSizeBytes: number
  /** Ends the connection at once, and releases what it holds. */
  cut(): void
}

/**
 * The bytes of all answers that wait. A client may ask for a hundred answers of a hundred kilobytes and read none of them.
 * Beyond the limit the connection that holds most is cut.
 */
export class AnswerBudget {
  readonly #maxBytes: number
  readonly #holders = new Set<AnswerHolder>()
  #sizeBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get heldSizeBytes(): number {
    return this.#sizeBytes
  }

  /** Counts that a connection holds more or less than before. */
  count(holder: AnswerHolder, before: number): void {
    this.#sizeBytes += holder.heldSizeBytes - before
    if (holder.heldSizeBytes === 0) this.#holders.delete(holder)
    else this.#holders.add(holder)
    while (this.#sizeBytes > this.#maxBytes) this.#largest()?.cut()
  }

  #largest(): AnswerHolder | undefined {
    let largest: AnswerHolder | undefined
    for (const holder of this.#holders)
      if (largest === undefined || holder.heldSizeBytes > largest.heldSizeBytes) largest = holder
    return largest
  }
}
