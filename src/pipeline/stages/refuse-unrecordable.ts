import { unrecordable } from '../answerable.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** A call that could not be recorded must not happen. */
export function refuseUnrecordable(_call: PerformedCall, { audit }: Machine): void {
  if (audit.isFailing) throw unrecordable()
}
