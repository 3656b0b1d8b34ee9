import { openGrantToken } from '../../keys/index.ts'
import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/**
 * Checks that the grant tokens are tokens of this server. They give no further permission, because a grant takes effect
 * at once. Throws InvalidGrantTokenException.
 */
export function checkGrantTokens({ call, input, provedCaller }: PerformedCall, { hsm }: Machine): void {
  for (const token of call.operation.grantTokens?.(input) ?? []) {
    openGrantToken(hsm, token, provedCaller.scope)
  }
}
