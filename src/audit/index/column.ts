/** A growing list of numbers from 0 to 2³² - 1. */
export class Column {
  #values = new Uint32Array(1024)
  length = 0

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Uint32Array(2 * this.length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }

  at(index: number): number {
    return this.#values[index] ?? 0
  }

  /** The values in an order; in their own if it is undefined. */
  values(order: Uint32Array | undefined): Uint32Array {
    const own = this.#values.subarray(0, this.length)
    return order === undefined ? own : order.map(index => own[index] ?? 0)
  }
}
