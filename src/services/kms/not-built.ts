import { ServiceError } from '../../domain/index.ts'

/**
 * Returns the error for a part of an operation that this version does not have: custom key stores of the type AWS_CLOUDHSM, and keys with
 * that origin. To ignore such a part could be unsafe.
 */
export const unbuilt = (what: string) =>
  new ServiceError('UnsupportedOperationException', `${what} is not available in this version of Keyward.`)
