import {
  type CustomKeyStore,
  type ExternalKey,
  type ExternalKeyMetadata,
  type ExternalProxies,
  type Origin,
  type ProxyPurpose,
  ServiceError,
  validation,
  XksFailure,
} from '../../../domain/index.ts'
import type { ResourceQuestion } from '../../../operation/index.ts'
import { checkConnectionState, existing } from '../custom-key-stores/stores.ts'
import { unbuilt } from '../not-built.ts'

interface Wanted {
  readonly Origin?: string | undefined
  readonly CustomKeyStoreId?: string | undefined
  readonly XksKeyId?: string | undefined
  readonly MultiRegion?: boolean | undefined
}

/** The place outside where a new key is to be: a custom key store, and a key that its proxy knows. */
export interface Place {
  readonly store: CustomKeyStore | undefined
  readonly xksKeyId: string
  /** Whether a key in the store works with the key outside already. */
  readonly isTaken: boolean
}

/** Finds the custom key store that a request names, and whether its key outside is in use. It needs no permission of its own. */
export async function onPlace({ input, scope, store }: ResourceQuestion<Wanted>) {
  const { CustomKeyStoreId: id, XksKeyId: xksKeyId = '' } = input
  const wanted = id === undefined ? undefined : await store.customKeyStores.find(scope, id)
  const isTaken = wanted !== undefined && (await store.customKeyStores.hasExternalKey(wanted, xksKeyId))
  return { resources: [], found: { store: wanted, xksKeyId, isTaken } satisfies Place }
}

/**
 * Returns the origin that a request asks for, and checks the members that belong to it (API reference, "CreateKey"; the texts are
 * ours). Throws ValidationException and UnsupportedOperationException.
 */
export function originWith(wanted: Wanted): Origin {
  const { Origin: origin = 'AWS_KMS' } = wanted
  if (origin === 'AWS_CLOUDHSM') throw unbuilt(`Origin ${origin}`)
  const isOutside = origin === 'EXTERNAL_KEY_STORE'
  for (const name of ['CustomKeyStoreId', 'XksKeyId'] as const) {
    if (isOutside && wanted[name] === undefined)
      throw validation(`${name} is required for Origin EXTERNAL_KEY_STORE.`)
    if (!isOutside && wanted[name] !== undefined)
      throw validation(`${name} is not valid for Origin ${origin}.`)
  }
  if (isOutside && wanted.MultiRegion === true)
    throw new ServiceError(
      'UnsupportedOperationException',
      'Multi-Region keys are not supported in custom key stores.',
    )
  return origin as Origin
}

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
  const metadata = await metadataOf(proxies, existing(place.store), xksKeyId, purpose)
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
  store: CustomKeyStore,
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
