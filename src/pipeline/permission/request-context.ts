import type { ConditionContext } from '../../access/index.ts'
import type { Organization, ServiceConditionKeys } from '../../operation/index.ts'
import type { CallFacts, Question } from './call-facts.ts'
import { encodeConditions } from './encode-conditions.ts'
import { globalValuesOf } from './global-conditions.ts'
import { organizationValuesOf } from './organization-conditions.ts'

/** The sources of condition values that are the same for all requests. */
export interface ConditionSources {
  readonly organization: Organization
  /** The condition keys of the services, by the prefix of their names. */
  readonly conditionKeys: ReadonlyMap<string, ServiceConditionKeys>
}

/**
 * The condition values of a request. They are looked up only when a policy asks for them, and most policies never do.
 * They come from three places: the caller and the call (`aws:`), the condition keys of the service, and the operation,
 * which declares its own.
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

  /** Returns the values of a condition key by its lower-case name. */
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
