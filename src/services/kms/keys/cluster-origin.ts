import {
  ClusterFailure,
  type ClusterKey,
  type ClusterKeyMaterial,
  type ClusterKeyStore,
  checkQuota,
  type Deployment,
  type HsmClusters,
} from '../../../domain/index.ts'
import type { KeyOwner } from '../../../hsm/index.ts'
import { checkActive } from '../custom-key-stores/cluster-settings.ts'
import { checkConnectionState, existing, inCluster } from '../custom-key-stores/stores.ts'
import type { Place } from './key-store-origin.ts'

/**
 * Makes the key material of a new key in the HSMs of a cluster. Rejects with the exceptions of `clusterKeyAt`, with
 * CloudHsmClusterInvalidConfigurationException if too few HSMs are active, with LimitExceededException before a key is made that would be one
 * too many, and with the exceptions for a failure of the HSMs.
 */
export async function makeClusterKey(
  clusters: HsmClusters,
  place: Place,
  owner: KeyOwner,
  { quotas }: Deployment,
): Promise<ClusterKeyMaterial> {
  const store = connectedStore(place)
  const cluster = clusters.find(store.region, store.cluster.cloudHsmClusterId)
  if (cluster === undefined)
    throw new ClusterFailure('unreachable', 'the configuration has no such cluster').toServiceError('key')
  checkActive(clusters.active(store), cluster)
  checkQuota('keys', quotas, place.keyCount)
  try {
    return await clusters.makeKey(store, owner)
  } catch (error) {
    throw error instanceof ClusterFailure ? error.toServiceError('key') : error
  }
}

/** Returns the place of a new key. Throws CustomKeyStoreNotFoundException and CustomKeyStoreInvalidStateException. */
export const clusterKeyAt = (place: Place): ClusterKey => ({
  customKeyStoreId: connectedStore(place).customKeyStoreId,
})

/** Returns the cluster of a new key, which its metadata has; undefined for a key that is in no cluster. */
export const clusterIdAt = ({ store }: Place): string | undefined =>
  store?.type === 'AWS_CLOUDHSM' ? store.cluster.cloudHsmClusterId : undefined

function connectedStore({ store }: Place): ClusterKeyStore {
  const found = inCluster(existing(store))
  checkConnectionState(found, ['CONNECTED'])
  return found
}
