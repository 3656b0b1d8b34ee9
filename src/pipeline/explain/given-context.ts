import type { ConditionContext } from '../../access/index.ts'
import type { AccessQuestion } from '../../operation/index.ts'

/** The condition keys that only a call could give a value to. */
const ofCall = new Set(['aws:sourceip', 'aws:securetransport', 'aws:useragent', 'aws:referer'])

/** The values that a question gives, before the values of the key and the principal; a hidden key has a value only when given. */
export class GivenContext implements ConditionContext {
  readonly #given: ReadonlyMap<string, readonly string[]>
  readonly #request: ConditionContext
  readonly #hidden: RegExp | undefined

  constructor(given: AccessQuestion['given'], request: ConditionContext, hidden?: RegExp) {
    this.#given = new Map(Array.from(given, ([name, values]) => [name.toLowerCase(), values]))
    this.#request = request
    this.#hidden = hidden
  }

  valuesOf(name: string): readonly string[] | undefined {
    const given = this.#given.get(name)
    if (given !== undefined || ofCall.has(name) || this.#hidden?.test(name) === true) return given
    return this.#request.valuesOf(name)
  }
}
