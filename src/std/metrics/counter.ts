import { Cells } from './cells.ts'
import type { Labels, Metric, WriteSample } from './metric.ts'

/** A number that only grows. Callers keep the cell, because to find it costs more than to count. */
export interface CounterCell {
  readonly labels: string
  value: number
}

/** A counter: one number for each set of label values. */
export class Counter<L extends string> implements Metric {
  readonly type = 'counter'
  readonly name: string
  readonly help: string
  readonly #cells: Cells<L, CounterCell>

  constructor(name: string, help: string, labels: readonly L[]) {
    this.name = name
    this.help = help
    this.#cells = new Cells(labels, rendered => ({ labels: rendered, value: 0 }))
  }

  /** Returns the number with these label values, which exists from now on. */
  of(labels: Labels<L>): CounterCell {
    return this.#cells.of(labels)
  }

  /** Removes the number with these label values, because the thing that the labels name is gone. */
  drop(labels: Labels<L>): void {
    this.#cells.drop(labels)
  }

  collect(write: WriteSample): void {
    for (const { labels, value } of this.#cells.values()) write('', labels, value)
  }
}
