import type { ConditionContext } from '../access/index.ts'
import { findKmsConditionKey, iamConditionKeyActions } from '../domain/index.ts'
import type { Attestation } from '../hsm/index.ts'
import type { Millis } from '../std/index.ts'
import type { Call, Caller } from './call.ts'
import { type ConditionFacts, type Conditions, encodeConditions } from './conditions.ts'
import { globalValuesOf } from './global-conditions.ts'
import { keyValuesOf } from './key-conditions.ts'
import type { Organization } from './organization.ts'
import { organizationValuesOf } from './organization-conditions.ts'
import { recipientConditions } from './recipient.ts'
import type { KeyUse } from './resolve.ts'

/** What is known of a call when its permission is decided. */
export interface CallFacts {
  readonly call: Pick<Call, 'sourceIpAddress' | 'userAgent' | 'referer' | 'isSecure' | 'endpoint'>
  readonly provedCaller: Caller
  readonly time: Millis
  readonly input: unknown
  readonly uses: readonly KeyUse[]
  readonly recipient: Attestation | undefined
}

/** One question to policies: an action, on a key or on something else. */
export interface Question {
  /** With the service's prefix. */
  readonly action: string
  readonly use: KeyUse | undefined
  /** The account of a resource that is no key; the caller's when absent. */
  readonly accountId?: string
  /** The operation's own condition keys. */
  readonly conditions: ((input: never, facts: ConditionFacts) => Conditions) | undefined
}

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
