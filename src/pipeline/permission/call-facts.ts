import type { StepBudget } from '../../access/index.ts'
import type { Attestation } from '../../hsm/index.ts'
import type { Call, Caller, ConditionFacts, Conditions, FoundKey } from '../../operation/index.ts'
import type { Millis } from '../../std/index.ts'

/** The facts of a call that a decision about its permission reads. */
export interface CallFacts {
  /** The id of the request, for the log; undefined for a question that is no request. */
  readonly requestId?: string
  readonly call: Pick<Call, 'sourceIpAddress' | 'userAgent' | 'referer' | 'tlsDetails' | 'endpoint'>
  readonly provedCaller: Caller
  readonly time: Millis
  readonly input: unknown
  readonly found: readonly FoundKey[]
  readonly recipient: Attestation | undefined
  /** The steps that all decisions about the call may take together. */
  readonly budget: StepBudget
}

/**
 * Returns the endpoint that the caller sent the request through. A service calls from its own network, not from that of the principal
 * that it calls for, so its calls have none.
 */
export function endpointOf({
  call,
  provedCaller,
}: {
  readonly call: Pick<Call, 'endpoint'>
  readonly provedCaller: Pick<Caller, 'service'>
}): Call['endpoint'] {
  return provedCaller.service === undefined ? call.endpoint : undefined
}

/** The question that policies decide: may the caller perform this action, on this key or on something else? */
export interface Question {
  /** The action with the prefix of its service. */
  readonly action: string
  /** The key that the question is about; undefined if the question is about something else. */
  readonly found: FoundKey | undefined
  /** The account of a resource that is not a key; the caller's account if absent. */
  readonly accountId?: string
  /** The operation's own condition keys. */
  readonly conditions: ((input: never, facts: ConditionFacts) => Conditions) | undefined
}
