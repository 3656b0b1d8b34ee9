import type { Attestation } from '../hsm/index.ts'
import type { Caller } from './caller.ts'
import type { FoundKey } from './found-key.ts'

/** The facts of a call and of its key that a service's condition keys read. */
export interface ConditionKeySources {
  readonly caller: Caller
  /** The key that the question is about; undefined where it is about something else. */
  readonly found: FoundKey | undefined
  /** The enclave that the answer is sealed for. */
  readonly recipient: Attestation | undefined
}

/**
 * The condition keys of a service: which actions have them, and the values that a call or its key has by itself. The names are
 * in lower case, since policies write them in any case. The operations add the values that come from their inputs.
 */
export interface ServiceConditionKeys {
  /** Of their names, such as `ec2:`. */
  readonly prefix: string
  /** Whether a request for the action has the key at all. */
  has(name: string, action: string): boolean
  /** Undefined where the call and its key give it no value. */
  valuesOf(name: string, facts: ConditionKeySources): readonly string[] | undefined
}
