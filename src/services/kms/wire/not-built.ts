import { ServiceError } from '../../../domain/index.ts'

/**
 * Parts of built operations that this version does not have. A request that asks for one is refused: ignoring a
 * Recipient would answer a plaintext that was to stay sealed.
 */
export function refuseUnbuilt(what: string, isAskedFor: boolean): void {
  if (isAskedFor) throw unbuilt(what)
}

export const unbuilt = (what: string) =>
  new ServiceError('UnsupportedOperationException', `${what} is not available in this version of Keyward.`)

/** The operations of AWS KMS that this version does not have; calling one answers UnknownOperationException. */
export const operationsNotBuilt = [
  'ConnectCustomKeyStore',
  'CreateCustomKeyStore',
  'DeleteCustomKeyStore',
  'DescribeCustomKeyStores',
  'DisconnectCustomKeyStore',
  'UpdateCustomKeyStore',
] as const
