import { Histogram, type Metric, monotonicMillis, reading } from '../../std/index.ts'

/** Counts the transactions that write. */
export class WriteFigures {
  readonly #commits = new Histogram(
    'keyward_store_write_seconds',
    'Time of a committed transaction, from when it was asked for. Its count is the number of commits.',
    [],
  )
  readonly #seconds = this.#commits.of({})
  #undone = 0
  #underWay = 0

  /** Counts a transaction, and returns its outcome. */
  async count<T>(transaction: Promise<T>): Promise<T> {
    const startedAt = monotonicMillis()
    this.#underWay++
    try {
      const result = await transaction
      this.#seconds.observe((monotonicMillis() - startedAt) / 1000)
      return result
    } catch (error) {
      this.#undone++
      throw error
    } finally {
      this.#underWay--
    }
  }

  /** Returns the metrics of the transactions. */
  metrics(): Metric[] {
    return [
      this.#commits,
      reading(
        'counter',
        'keyward_store_undone_writes_total',
        'Transactions that were undone, most of them because their call was refused.',
        () => this.#undone,
      ),
      reading(
        'gauge',
        'keyward_store_writes_under_way',
        'Transactions under way or waiting for the one writer.',
        () => this.#underWay,
      ),
    ]
  }
}
