import type { Attestation } from '../hsm/index.ts'
import type { Caller } from './caller.ts'
import type { FoundKey } from './found-key.ts'

/** The facts of a call and of its key that a service's condition keys read. */
export interface ConditionKeySources {
  readonly caller: Caller
  /** The key that the question is about; undefined if the question is about something else. */
  readonly found: FoundKey | undefined
  /** The enclave that the answer is sealed for. */
  readonly recipient: Attestation | undefined
}

/**
 * The condition keys of a service: which actions have them, and which values they get from the call and its key. The
 * operations add the values that come from their inputs. The names are in lower case, because policies may write them
 * in any case.
 */
export interface ServiceConditionKeys {
  /** The prefix of their names, such as `ec2:`. */
  readonly prefix: string
  /** Whether requests for the action can have a value for the condition key. */
  has(name: string, action: string): boolean
  /** Returns the values of a condition key; undefined if neither the call nor its key gives it a value. */
  valuesOf(name: string, facts: ConditionKeySources): readonly string[] | undefined
}
