import { StepBudget } from '../../access/index.ts'
import type { Identity, Scope } from '../../domain/index.ts'
import type { Endpoint } from '../../operation/index.ts'
import type { Millis } from '../../std/index.ts'
import type { CallFacts } from '../permission/call-facts.ts'

/** A question is not about a call, so the question itself must give the values that a call would have. */
const noCall = {
  sourceIpAddress: '',
  userAgent: undefined,
  referer: undefined,
  tlsDetails: undefined,
} as const

/** Returns the facts of a request that nobody made: what a question knows about it. */
export function questionFacts(
  identity: Identity,
  { region }: Pick<Scope, 'region'>,
  time: Millis,
  endpoint?: Endpoint | undefined,
): CallFacts {
  const scope = { accountId: identity.principal.accountId, region }
  return {
    call: { ...noCall, endpoint },
    provedCaller: { identity, scope, accessKeyId: undefined },
    time,
    input: {},
    found: [],
    recipient: undefined,
    budget: new StepBudget(),
  }
}
