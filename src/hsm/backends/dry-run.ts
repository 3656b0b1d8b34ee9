import { dryRunSucceeded } from '../../domain/index.ts'
import type { Requester } from '../requester.ts'

/**
 * Ends a rehearsal before a key outside of this process works: its manager would record a use that never was, and a ciphertext would be
 * opened for nobody. Throws DryRunOperationException.
 */
export function refuseDryRun(requester: Requester | undefined): void {
  if (requester?.isDryRun === true) throw dryRunSucceeded()
}
