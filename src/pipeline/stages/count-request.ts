import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Counts the call against the request quota of its operation. Throws ThrottlingException. */
export function countRequest(performed: PerformedCall, { throttle }: Machine): void {
  if (!performed.isCounted) throttle?.count(performed.provedCaller.scope, performed.call)
}

/**
 * Counts the call against the request quotas of the other Regions that its input names. Throws ThrottlingException.
 */
export function countRequestElsewhere(performed: PerformedCall, { throttle }: Machine): void {
  const { isCounted, provedCaller, call, input } = performed
  if (!isCounted) throttle?.countElsewhere(provedCaller.scope, call, input)
}
