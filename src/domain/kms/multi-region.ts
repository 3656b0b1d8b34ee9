import { keyArn } from '../aws/arn.ts'
import { ServiceError } from '../aws/errors.ts'
import { arnOf, type KmsKey } from './key.ts'

/** Whether a key is a multi-Region key, primary or replica. */
export const isMultiRegion = (key: KmsKey): boolean => key.primaryRegion !== undefined
/** Whether a key is the primary of a multi-Region key. */
export const isPrimary = (key: KmsKey): boolean => key.primaryRegion === key.region
/** Whether a key is a replica of a multi-Region key. */
export const isReplica = (key: KmsKey): boolean => isMultiRegion(key) && !isPrimary(key)

/** The error for a key that is not the primary of a multi-Region key. */
export const notPrimary = (key: KmsKey) =>
  new ServiceError('UnsupportedOperationException', `${arnOf(key)} is not a multi-region primary key.`)

/** Refuses to change the rotation of a multi-Region key on a replica (text recorded from AWS). */
export function checkNotReplica(key: KmsKey, operationName: string): void {
  if (!isReplica(key)) return
  throw new ServiceError(
    'UnsupportedOperationException',
    `${arnOf(key)} is a multi-region replica key which is not valid for ${operationName}.`,
  )
}

/** Refuses a change to a multi-Region key as a whole on a replica (text recorded from AWS). */
export function checkPrimary(key: KmsKey): void {
  if (isReplica(key)) throw notPrimary(key)
}

/** A multi-Region key as KeyMetadata shows it: its primary, and its replicas sorted by Region (recorded from AWS). */
export function membersOf(key: KmsKey, regions: readonly string[]) {
  const primaryRegion = key.primaryRegion ?? key.region
  const member = (region: string) => ({
    arn: keyArn({ accountId: key.accountId, region }, key.keyId),
    region,
  })
  return {
    type: isPrimary(key) ? ('PRIMARY' as const) : ('REPLICA' as const),
    primary: member(primaryRegion),
    replicas: regions
      .filter(region => region !== primaryRegion)
      .toSorted()
      .map(member),
  }
}
