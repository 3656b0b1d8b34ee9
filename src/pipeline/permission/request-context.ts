import type { ConditionContext } from '../../access/index.ts'
import type { Organization, ServiceConditionKeys } from '../../operation/index.ts'
import type { CallFacts, Question } from './call-facts.ts'
import { encodeConditions } from './encode-conditions.ts'
import { globalValuesOf } from './global-conditions.ts'
import { organizationValuesOf } from './organization-conditions.ts'

/** The sources of the values of condition keys that are the same for all requests. */
export interface ConditionSources {
  readonly organization: Organization
  /** By the prefix of their names. */
  readonly conditionKeys: ReadonlyMap<string, ServiceConditionKeys>
}

/**
 * The values that a request gives to conditions. Nothing is looked up before a policy asks, and most policies never do. Values
 * come from three places: the caller and the call (`aws:`), the service's own condition keys, and the operation, which declares
 * its own.
 */
export class RequestContext implements ConditionContext {
  readonly #facts: CallFacts
  readonly #question: Question
  readonly #sources: ConditionSources
  #own: ReadonlyMap<string, readonly string[]> | undefined

  constructor(facts: CallFacts, question: Question, sources: ConditionSources) {
    this.#facts = facts
    this.#question = question
    this.#sources = sources
  }

  /** Takes the name in lower case. */
  valuesOf(name: string): readonly string[] | undefined {
    const keys = this.#sources.conditionKeys.get(name.slice(0, name.indexOf(':') + 1))
    if (keys === undefined) return this.#globalValues(name) ?? this.#ownValues(name)
    const { action, found } = this.#question
    if (!keys.has(name, action)) return undefined
    const { provedCaller: caller, recipient } = this.#facts
    return keys.valuesOf(name, { caller, found, recipient }) ?? this.#ownValues(name)
  }

  #globalValues(name: string): readonly string[] | undefined {
    const { found, accountId } = this.#question
    const owner = accountId ?? found?.key.key.accountId ?? this.#facts.provedCaller.scope.accountId
    if (name === 'aws:resourceaccount') return [owner]
    return (
      globalValuesOf(name, this.#facts, found) ??
      organizationValuesOf(name, this.#facts, owner, this.#sources.organization)
    )
  }

  #ownValues(name: string): readonly string[] | undefined {
    this.#own ??= this.#collect()
    return this.#own.get(name)
  }

  #collect(): ReadonlyMap<string, readonly string[]> {
    const { input, found: all, time, provedCaller } = this.#facts
    const { found, conditions } = this.#question
    const declared = conditions?.(input as never, {
      now: time,
      scope: provedCaller.scope,
      key: found?.key,
      firstKey: all[0]?.key,
      lastUsedAt: found?.lastUsedAt,
      isByService: provedCaller.service !== undefined,
    })
    return declared === undefined ? new Map() : encodeConditions(declared)
  }
}
