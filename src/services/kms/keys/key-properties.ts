import type { KmsKey } from '../../../domain/index.ts'
import type { Conditions } from '../../../operation/index.ts'

/** What a key that is yet to be made says to conditions, by its present and by its former names. */
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
