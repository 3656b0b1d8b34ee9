import type { ConditionContext } from '../../access/index.ts'
import { findKmsConditionKey, iamConditionKeyActions } from '../../domain/index.ts'
import { encodeConditions } from '../conditions.ts'
import type { Organization } from '../organization.ts'
import { recipientConditions } from '../recipient.ts'
import type { CallFacts, Question } from './call-facts.ts'
import { globalValuesOf } from './global-conditions.ts'
import { keyValuesOf } from './key-conditions.ts'
import { organizationValuesOf } from './organization-conditions.ts'

/**
 * What a request says to conditions: nothing is looked for before a policy asks, and most never do. Keys come from three
 * places: the caller and the call (`aws:`), the key, and the operation, which says itself what it has.
 */
export class RequestContext implements ConditionContext {
  readonly #facts: CallFacts
  readonly #question: Question
  readonly #organization: Organization
  #own: ReadonlyMap<string, readonly string[]> | undefined

  constructor(facts: CallFacts, question: Question, organization: Organization) {
    this.#facts = facts
    this.#question = question
    this.#organization = organization
  }

  /** Takes the key in lower case. */
  valuesOf(name: string): readonly string[] | undefined {
    const { action } = this.#question
    if (iamConditionKeyActions.get(name)?.includes(action) === false) return undefined
    if (!name.startsWith('kms:')) return this.#globalValues(name) ?? this.#ownValues(name)
    const known = findKmsConditionKey(name)
    if (known === undefined || !known.actions.includes(action.replace('kms:', ''))) return undefined
    return keyValuesOf(name, this.#facts, this.#question.use) ?? this.#ownValues(name)
  }

  #globalValues(name: string): readonly string[] | undefined {
    const { use, accountId } = this.#question
    const owner = accountId ?? use?.key.key.accountId ?? this.#facts.provedCaller.scope.accountId
    if (name === 'aws:resourceaccount') return [owner]
    return (
      globalValuesOf(name, this.#facts, use) ??
      organizationValuesOf(name, this.#facts, owner, this.#organization)
    )
  }

  #ownValues(name: string): readonly string[] | undefined {
    this.#own ??= this.#collect()
    return this.#own.get(name)
  }

  #collect(): ReadonlyMap<string, readonly string[]> {
    const { recipient, input, uses, time, provedCaller } = this.#facts
    const { use, conditions } = this.#question
    const declared = conditions?.(input as never, {
      now: time,
      scope: provedCaller.scope,
      key: use?.key,
      firstKey: uses[0]?.key,
      lastUsedAt: use?.lastUsedAt,
      isByService: provedCaller.service !== undefined,
    })
    return encodeConditions({ ...declared, ...(recipient && recipientConditions(recipient)) })
  }
}
