import type { ResolvedKey } from '../../../keys/index.ts'
import type { Disclosure } from '../../../operation/index.ts'

/**
 * Returns the custom key store of a key and the key outside, which the records of cryptographic operations have, failed ones too (AWS
 * KMS developer guide, log entries "Decrypt with a KMS key in an external key store" and "Decrypt failure").
 */
export function discloseExternalKey({
  key,
}: {
  readonly key?: ResolvedKey
}): Disclosure['additionalEventData'] {
  const external = key?.key.externalKey
  return external && { customKeyStoreId: external.customKeyStoreId, xksKeyId: external.xksKeyId }
}
