import { ServiceError, toServiceError } from '../domain/index.ts'
import { ConstraintProblem, SerializationProblem } from '../std/index.ts'

/** The log has told the operator already why it cannot be written. */
export const unrecordable = () =>
  new ServiceError('KMSInternalException', undefined, { reason: 'the audit log cannot be written' })

/** Shape problems are the client's; everything else that is not an answer already is ours. */
export function toAnswerable(thrown: unknown): ServiceError {
  if (thrown instanceof ConstraintProblem) return new ServiceError('ValidationException', thrown.message)
  if (thrown instanceof SerializationProblem)
    return new ServiceError('SerializationException', thrown.message || undefined)
  return toServiceError(thrown)
}
