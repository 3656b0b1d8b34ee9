import { isMultiRegion, isPrimary, type KmsKey, type Tag } from '../../../domain/index.ts'
import type { Conditions } from '../../../operation/index.ts'

/** The condition keys of a key that does not exist yet, under their current and their deprecated names. */
export function propertyConditions({
  keySpec,
  keyUsage,
  origin,
}: Pick<KmsKey, 'keySpec'> & { readonly keyUsage: string | undefined; readonly origin: string }): Conditions {
  return {
    'kms:KeySpec': keySpec,
    'kms:CustomerMasterKeySpec': keySpec,
    'kms:KeyUsage': keyUsage,
    'kms:CustomerMasterKeyUsage': keyUsage,
    'kms:KeyOrigin': origin,
  }
}

/** The condition values of calls on a key that this call makes, which later calls find on the key itself. */
export function newKeyConditions(key: KmsKey, tags: readonly Tag[]): Conditions {
  return {
    ...propertyConditions(key),
    'kms:MultiRegion': isMultiRegion(key),
    'kms:MultiRegionKeyType': !isMultiRegion(key) ? undefined : isPrimary(key) ? 'PRIMARY' : 'REPLICA',
    'aws:ResourceTag/': new Map(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue])),
  }
}
