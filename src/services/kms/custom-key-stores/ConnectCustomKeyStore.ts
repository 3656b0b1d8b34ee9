import {
  type ClusterKeyStore,
  connected,
  type HsmClusters,
  isClusterKeyStore,
  ServiceError,
} from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { countActive } from './cluster-settings.ts'
import { checkConnectionState, discloseStore, existing, onStore } from './stores.ts'

/**
 * Connects or reconnects a custom key store to its backing key store. The answer comes at once; a job asks the proxy or logs in to the HSMs, and
 * makes the store CONNECTED or FAILED. Some faults of a cluster are answered at once, and leave the store DISCONNECTED (AWS KMS developer
 * guide, "Troubleshooting a custom key store").
 */
export const ConnectCustomKeyStore = operation({
  name: 'ConnectCustomKeyStore',
  effect: 'write',
  input: structure({ CustomKeyStoreId: required(customKeyStoreIdType) }),
  output: structure({}),
  touches: { found: onStore },
  discloseFound: discloseStore,
  async prepare({ found, hsmClusters }) {
    const before = existing(found)
    if (isClusterKeyStore(before) && before.connectionState === 'DISCONNECTED')
      await checkHasActive(hsmClusters, before)
  },
  async handle({ found, store }) {
    const before = existing(found)
    checkConnectionState(before, ['DISCONNECTED', 'CONNECTING', 'CONNECTED'])
    if (before.connectionState === 'DISCONNECTED')
      await store.customKeyStores.update(connected(before, 'CONNECTING'))
    return {}
  },
})

/** Refuses a cluster without an active HSM. One that is not there is the ConnectionErrorCode CLUSTER_NOT_FOUND of the store. */
async function checkHasActive(clusters: HsmClusters, { region, cluster }: ClusterKeyStore): Promise<void> {
  const found = clusters.find(region, cluster.cloudHsmClusterId)
  if (found === undefined || (await countActive(clusters, region, found)) > 0) return
  throw new ServiceError(
    'CloudHsmClusterInvalidConfigurationException',
    'CloudHSM cluster must contain at least one active HSM',
  )
}
