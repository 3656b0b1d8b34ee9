import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Counts the call by its operation. Throws ThrottlingException. */
export function countRequest(performed: PerformedCall, { throttle }: Machine): void {
  if (!performed.isCounted) throttle?.count(performed.provedCaller.scope, performed.call)
}

/** Counts what the call takes from the quotas of other Regions, which its input names. Throws ThrottlingException. */
export function countRequestElsewhere(performed: PerformedCall, { throttle }: Machine): void {
  const { isCounted, provedCaller, call, input } = performed
  if (!isCounted) throttle?.countElsewhere(provedCaller.scope, call, input)
}
