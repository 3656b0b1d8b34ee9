import { ServiceError, toServiceError } from '../domain/index.ts'
import { Abandoned, TooMuchWaiting } from '../hsm/index.ts'
import type { Service } from '../operation/index.ts'
import { ConstraintProblem, SerializationProblem } from '../std/index.ts'

/**
 * Returns the error of a call that cannot be recorded. The audit log has already reported to the operator why it cannot
 * be written.
 */
export const unrecordable = (
  { faultCode = 'KMSInternalException' }: Pick<Service, 'faultCode'>,
  reason = 'the audit log cannot be written',
) => new ServiceError(faultCode, undefined, { reason })

/** Returns the error of a call that needs a key while the server is sealed. */
export const sealed = ({ faultCode = 'KMSInternalException' }: Pick<Service, 'faultCode'>) =>
  new ServiceError(faultCode, 'The server is sealed.', { reason: 'the server is sealed' })

/**
 * Returns the error that answers a call, in the words of its service. Shape problems are faults of the client; everything else
 * that is not a ServiceError is a fault of the server.
 */
export function toAnswerable(thrown: unknown, service: Service): ServiceError {
  const error = errorOf(thrown, service)
  return service.rewordsError === undefined ? error : service.rewordsError(error)
}

function errorOf(thrown: unknown, { requestQuotas, faultCode }: Service): ServiceError {
  if (thrown instanceof ConstraintProblem) return new ServiceError('ValidationException', thrown.message)
  if (thrown instanceof SerializationProblem)
    return new ServiceError('SerializationException', thrown.message || undefined)
  if (thrown instanceof TooMuchWaiting)
    return new ServiceError('ThrottlingException', requestQuotas?.exceededText, { reason: thrown.message })
  // Nobody reads this answer. It is for the audit record, under AWS's name ("Common errors" of its API references).
  if (thrown instanceof Abandoned)
    return new ServiceError('RequestAbortedException', undefined, { reason: thrown.message })
  return toServiceError(thrown, faultCode)
}
