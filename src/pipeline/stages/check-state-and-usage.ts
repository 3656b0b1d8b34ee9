import { checkState, checkUsage, type KeyOperation } from '../../domain/index.ts'
import type { PerformedCall } from '../performed-call.ts'

/** Checks that the operation works with the kind, the state and the usage of each key. */
export function checkStateAndUsage({ call, found }: PerformedCall): void {
  for (const { requirement, key } of found) {
    requirement.supports?.(key.key)
    const row = requirement.state ?? (call.operation.name as KeyOperation)
    if (row !== 'any') checkState(row, key.key.keyState, key.arn)
    if (requirement.usage !== undefined) checkUsage(key.key, requirement.usage, call.operation.name)
  }
}
