import { checkForwardable, isOfService, readServiceCall } from '../callers/service-call.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/**
 * Replaces a calling service by the principal that it calls for, if it names one. Throws AccessDeniedException,
 * ExpiredTokenException and ValidationException.
 */
export function takeServiceCall(performed: PerformedCall, machine: Machine): void | Promise<void> {
  const { call, provedCaller } = performed
  if (!isOfService(provedCaller, call)) return
  return readServiceCall(provedCaller, call.serviceClaims, machine).then(caller => {
    performed.caller = caller
    checkForwardable(caller, call)
  })
}
