import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Finds the AWS managed key that the call creates, if any. Such a call is then performed as a write. */
export function findMissingManagedKey(
  performed: PerformedCall,
  { managedKeys, store }: Machine,
): void | Promise<void> {
  const pending = managedKeys.findMissing(performed.call, performed.provedCaller, store.reader)
  return pending?.then(missing => {
    performed.missing = missing
  })
}
