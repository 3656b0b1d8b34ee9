import { sealed } from '../answerable.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/**
 * Refuses the call while the server is sealed, unless it needs no key. Throws the ServiceError of a fault, after which SDKs
 * try again.
 */
export function refuseSealed({ call }: PerformedCall, { performsSealed }: Machine): void {
  if (performsSealed !== undefined && !performsSealed(call)) throw sealed(call.service)
}
