import {
  ClusterFailure,
  type ClusterKeyStore,
  type HsmClusters,
  isClusterKeyStore,
  type Scope,
  ServiceError,
  validation,
} from '../../../domain/index.ts'
import { andThen, structure, undisclosed } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { checkConnectionState, existing } from '../custom-key-stores/stores.ts'
import { operation } from '../operation.ts'
import { answerSecret, attestationOf } from '../wire/recipient.ts'
import {
  ciphertextType,
  customKeyStoreIdType,
  numberOfBytesType,
  plaintextType,
  recipientType,
} from '../wire/shapes.ts'

/** Returns a random byte string that is cryptographically secure. */
export const GenerateRandom = operation({
  name: 'GenerateRandom',
  effect: 'read',
  input: structure({
    // CloudTrail's records of GenerateRandom have no request parameters.
    NumberOfBytes: undisclosed(numberOfBytesType),
    CustomKeyStoreId: customKeyStoreIdType,
    Recipient: recipientType,
  }),
  output: structure({ Plaintext: plaintextType, CiphertextForRecipient: ciphertextType }),
  attestation: attestationOf,
  handle({ input, scope, store, hsm, hsmClusters, recipient }) {
    const { CustomKeyStoreId: id, NumberOfBytes: sizeBytes } = input
    const found = id === undefined ? undefined : clusterStore(store, scope, id)
    return andThen(found, cluster => {
      if (sizeBytes === undefined) throw validation('NumberOfBytes is required.')
      const bytes =
        cluster === undefined ? hsm.generateRandom(sizeBytes) : randomOf(hsmClusters, cluster, sizeBytes)
      return andThen(bytes, secret => {
        const { clear, sealed } = answerSecret(secret, recipient)
        return { Plaintext: clear, CiphertextForRecipient: sealed }
      })
    })
  },
})

/**
 * Finds a connected custom key store in a cluster: external key stores have no random bytes (API reference, "GenerateRandom"). Throws
 * CustomKeyStoreNotFoundException, CustomKeyStoreInvalidStateException, and UnsupportedOperationException, whose text is ours.
 */
async function clusterStore(store: Reader, scope: Scope, customKeyStoreId: string): Promise<ClusterKeyStore> {
  const found = existing(await store.customKeyStores.find(scope, customKeyStoreId))
  if (!isClusterKeyStore(found))
    throw new ServiceError(
      'UnsupportedOperationException',
      `GenerateRandom is not supported in the external key store ${customKeyStoreId}.`,
    )
  checkConnectionState(found, ['CONNECTED'])
  return found
}

async function randomOf(clusters: HsmClusters, store: ClusterKeyStore, sizeBytes: number): Promise<Buffer> {
  try {
    return await clusters.random(store, sizeBytes)
  } catch (error) {
    throw error instanceof ClusterFailure ? error.toServiceError('random') : error
  }
}
