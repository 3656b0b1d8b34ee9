import {
  type ExternalKey,
  type ExternalKeyMetadata,
  type ExternalKeyStore,
  type ExternalProxies,
  type ProxyPurpose,
  ServiceError,
  XksFailure,
} from '../../../domain/index.ts'
import { checkConnectionState, existing, external } from '../custom-key-stores/stores.ts'
import type { Place } from './key-store-origin.ts'

/**
 * Asks the proxy for the key outside and checks that it is one for a KMS key. Throws the exceptions of `externalKeyAt`,
 * XksKeyInvalidConfigurationException and those for a failure of the proxy.
 */
export async function checkExternalKey(
  proxies: ExternalProxies,
  place: Place,
  purpose: ProxyPurpose,
): Promise<void> {
  const { xksKeyId } = externalKeyAt(place)
  const metadata = await metadataOf(proxies, external(existing(place.store)), xksKeyId, purpose)
  const { keySpec, keyUsage, keyStatus } = metadata
  const isFit =
    keySpec === 'AES_256' &&
    keyUsage.includes('ENCRYPT') &&
    keyUsage.includes('DECRYPT') &&
    keyStatus === 'ENABLED'
  if (isFit) return
  throw new ServiceError(
    'XksKeyInvalidConfigurationException',
    'The external key must be an AES-256 symmetric key that is enabled and performs encryption and decryption.',
  )
}

async function metadataOf(
  proxies: ExternalProxies,
  store: ExternalKeyStore,
  xksKeyId: string,
  purpose: ProxyPurpose,
): Promise<ExternalKeyMetadata> {
  try {
    return await proxies.keyMetadata(store, xksKeyId, purpose)
  } catch (error) {
    throw error instanceof XksFailure ? error.toServiceError('key') : error
  }
}

/**
 * Returns what a new key works with. Throws CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException and
 * XksKeyAlreadyInUseException.
 */
export function externalKeyAt({ store, xksKeyId, isTaken }: Place): ExternalKey {
  const { customKeyStoreId } = existing(store)
  checkConnectionState(existing(store), ['CONNECTED'])
  if (isTaken)
    throw new ServiceError(
      'XksKeyAlreadyInUseException',
      `The external key ${xksKeyId} is already associated with another KMS key in this external key store.`,
    )
  return { customKeyStoreId, xksKeyId }
}
