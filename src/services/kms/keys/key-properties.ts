import type { KmsKey } from '../../../domain/index.ts'
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
