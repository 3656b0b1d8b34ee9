import { ServiceError } from '../../domain/index.ts'

/**
 * Refuses a request for a part of an operation that this version does not have. To ignore such a part could be unsafe:
 * without its Recipient, for example, a request would return in the clear a secret that must be sealed. Throws
 * UnsupportedOperationException.
 */
export function refuseUnbuilt(what: string, isRequested: boolean): void {
  if (isRequested) throw unbuilt(what)
}

/** Returns the error for a part of an operation that this version does not have. */
export const unbuilt = (what: string) =>
  new ServiceError('UnsupportedOperationException', `${what} is not available in this version of Keyward.`)

/**
 * The operations of AWS KMS that this version does not have. A call of such an operation is answered with
 * UnknownOperationException.
 */
export const operationsNotBuilt = [
  'ConnectCustomKeyStore',
  'CreateCustomKeyStore',
  'DeleteCustomKeyStore',
  'DescribeCustomKeyStores',
  'DisconnectCustomKeyStore',
  'UpdateCustomKeyStore',
] as const
