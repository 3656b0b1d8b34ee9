import { Cells } from './cells.ts'
import { type Labels, type Metric, type WriteSample, withLabel } from './metric.ts'

/** The upper bounds of durations in seconds, from a tenth of a millisecond to ten seconds. */
const durationBounds: readonly number[] = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10],
]

/** The observations with one set of label values. */
export class HistogramCell {
  readonly labels: string
  readonly #bounds: readonly number[]
  /** The observations up to each bound and above the one before it; the last are those above all bounds. */
  readonly #counts: number[]
  #sum = 0

  constructor(labels: string, bounds: readonly number[]) {
    this.labels = labels
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let place = 0
    while (place < bounds.length && value > (bounds[place] as number)) place++
    this.#counts[place] = (this.#counts[place] as number) + 1
    this.#sum += value
  }

  /** Writes the samples. Each bucket counts all observations up to its bound. */
  collect(write: WriteSample): void {
    let count = 0
    for (const [place, counted] of this.#counts.entries()) {
      count += counted
      const bound = this.#bounds[place]
      write('_bucket', withLabel(this.labels, 'le', bound === undefined ? '+Inf' : String(bound)), count)
    }
    write('_sum', this.labels, this.#sum)
    write('_count', this.labels, count)
  }
}

/** A histogram with the same bounds for each set of label values. */
export class Histogram<L extends string> implements Metric {
  readonly type = 'histogram'
  readonly name: string
  readonly help: string
  readonly #cells: Cells<L, HistogramCell>

  constructor(name: string, help: string, labels: readonly L[], bounds: readonly number[] = durationBounds) {
    this.name = name
    this.help = help
    this.#cells = new Cells(labels, rendered => new HistogramCell(rendered, bounds))
  }

  /** Returns the observations with these label values, which exist from now on. */
  of(labels: Labels<L>): HistogramCell {
    return this.#cells.of(labels)
  }

  /** Removes the observations with these label values, because the thing that the labels name is gone. */
  drop(labels: Labels<L>): void {
    this.#cells.drop(labels)
  }

  collect(write: WriteSample): void {
    for (const cell of this.#cells.values()) cell.collect(write)
  }
}
