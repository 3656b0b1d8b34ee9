import { openGrantToken } from '../../keys/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** A grant token proves nothing that its grant does not, since grants take effect at once; but it must be a token of ours. */
export function checkGrantTokens({ call, input, provedCaller }: PerformedCall, { hsm }: Machine): void {
  for (const token of call.operation.grantTokens?.(input) ?? []) {
    openGrantToken(hsm, token, provedCaller.scope)
  }
}
