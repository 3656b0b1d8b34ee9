import { unrecordable } from '../answerable.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Refuses the call if its record could not be written. Throws the ServiceError of a fault. */
export function refuseUnrecordable({ call }: PerformedCall, { audit }: Machine): void {
  const { failure } = audit
  if (failure !== undefined) throw unrecordable(call.service, failure)
}
