import type { ConditionContext } from '../../access/index.ts'
import type { AccessQuestion } from '../../operation/index.ts'

/** The condition keys whose values only a call has. */
const ofCall = new Set([
  'aws:sourceip',
  'aws:vpcsourceip',
  'aws:securetransport',
  'aws:useragent',
  'aws:referer',
])

/**
 * The condition values for a question: the values that the question gives come before the values of the key and the
 * principal. A hidden condition key has a value only if the question gives it.
 */
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
