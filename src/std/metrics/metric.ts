import type { Eventual } from '../in-order.ts'

/** The names and values of a metric's labels. */
export type Labels<L extends string = string> = Readonly<Record<L, string>>

/** Takes a sample: what its name has behind that of the metric, its labels as `renderLabels` returns them, its value. */
export type WriteSample = (suffix: string, labels: string, value: number) => void

/** A metric of the text exposition (Prometheus, "Exposition formats", text-based format 0.0.4). */
export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** A sentence that says what the value is. */
  readonly help: string
  /** Writes the samples of this moment. */
  collect(write: WriteSample): Eventual<void>
}

/** Renders labels, such as `{key="value"}`; without any, nothing. */
export function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** Reads labels that `renderLabels` or `withLabel` has rendered. */
export function readLabels(rendered: string): Labels {
  const pairs = rendered.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)
  return Object.fromEntries(
    Array.from(pairs, ([, name = '', value = '']) => [name, value.replace(/\\./g, unescaped)]),
  )
}

/** Adds a label to rendered ones. */
export function withLabel(labels: string, name: string, value: string): string {
  const pair = `${name}="${escaped(value)}"`
  return labels === '' ? `{${pair}}` : `${labels.slice(0, -1)},${pair}}`
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

const unescaped = (pair: string) => (pair === '\\n' ? '\n' : pair.slice(1))

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, character => escapes[character] ?? character)
}
