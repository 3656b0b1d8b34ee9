import { dryRunSucceeded } from '../../domain/index.ts'
import type { PerformedCall } from '../performed-call.ts'

/**
 * Ends a call that was only a rehearsal. Throws DryRunOperationException, which says that the call would have
 * succeeded.
 */
export function refuseDryRun({ call, input, result }: PerformedCall): void {
  if (call.operation.isDryRun?.(input) !== true) return
  call.operation.output?.wipe?.(result)
  throw dryRunSucceeded()
}
