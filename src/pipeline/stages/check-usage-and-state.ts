import { checkState, checkUsage, type KeyOperation } from '../../domain/index.ts'
import type { PerformedCall } from '../performed-call.ts'

/**
 * Checks that each key fits the request, has the usage and a state that the operation needs, and is of a kind that it supports.
 * The usage comes before the state, and the state before the kind (recorded from AWS).
 */
export function checkUsageAndState({ call, input, found }: PerformedCall): void {
  const { name } = call.operation
  for (const { requirement, key } of found) {
    requirement.fits?.(key.key, input)
    if (requirement.usage !== undefined) checkUsage(key.key, requirement.usage, name)
    const row = requirement.state ?? (name as KeyOperation)
    if (row !== 'any') checkState(row, key.state, key.arn, key.key.clusterKey !== undefined)
    requirement.supports?.(key.key)
  }
}
