import { andThen, type Eventual } from '../in-order.ts'
import { type Labels, type Metric, renderLabels } from './metric.ts'

/** A value with its labels. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/**
 * Returns a metric whose values are read when somebody asks for them; undefined means that there is no value. So what
 * it measures pays nothing in between.
 */
export function reading(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  read: () => Eventual<number | undefined | Iterable<Sample>>,
): Metric {
  return {
    ...{ type, name, help },
    collect: write =>
      andThen(read(), found => {
        if (found === undefined) return
        const samples = typeof found === 'number' ? [{ labels: {}, value: found }] : found
        for (const { labels, value } of samples) write('', renderLabels(labels), value)
      }),
  }
}

/** Returns the samples of numbers by the value of one label. */
export function byLabel(name: string, numbers: Iterable<readonly [string, number]>): Sample[] {
  return Array.from(numbers, ([value, number]) => ({ labels: { [name]: value }, value: number }))
}
