import type { Attestation } from '../../hsm/index.ts'
import type { Millis } from '../../std/index.ts'
import type { Call } from '../call.ts'
import type { Caller } from '../caller.ts'
import type { ConditionFacts, Conditions } from '../conditions.ts'
import type { KeyUse } from '../key-use.ts'

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
