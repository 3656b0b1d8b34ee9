import { decode } from '../../std/index.ts'
import type { PerformedCall } from '../performed-call.ts'

/**
 * Decodes the parameters of the request by the operation's shape. Throws ConstraintProblem and SerializationProblem.
 */
export function decodeInput(performed: PerformedCall): void {
  const { operation, readInput } = performed.call
  performed.input = decode(operation.input, readInput())
}
