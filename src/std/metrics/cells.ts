import { type Labels, renderLabels } from './metric.ts'

/** More cells than this share one: whatever becomes a label, a metric never grows without end. */
const cellsMax = 10_000

/** The cells of a metric, one for each set of label values. */
export class Cells<L extends string, C extends { readonly labels: string }> {
  readonly #names: readonly L[]
  readonly #make: (labels: string) => C
  readonly #cells = new Map<string, C>()

  constructor(names: readonly L[], make: (labels: string) => C) {
    this.#names = names
    this.#make = make
  }

  /** Returns the cell with these label values, and makes it if it is missing. */
  of(labels: Labels<L>): C {
    const rendered = this.#render(name => labels[name])
    const known = this.#cells.get(rendered)
    if (known !== undefined) return known
    const hasRoom = this.#cells.size < cellsMax
    return hasRoom ? this.#add(rendered) : this.#shared()
  }

  /** Removes the cell with these label values, if there is one. It is in no exposition any more, also if somebody counts on. */
  drop(labels: Labels<L>): void {
    this.#cells.delete(this.#render(name => labels[name]))
  }

  #shared(): C {
    const rendered = this.#render(() => 'other')
    return this.#cells.get(rendered) ?? this.#add(rendered)
  }

  #add(rendered: string): C {
    const made = this.#make(rendered)
    this.#cells.set(rendered, made)
    return made
  }

  #render(read: (name: L) => string): string {
    return renderLabels(Object.fromEntries(this.#names.map(name => [name, read(name)])))
  }

  values(): Iterable<C> {
    return this.#cells.values()
  }
}
