import { Buffer } from 'node:buffer'
import {
  ClusterFailure,
  type ClusterKeyStore,
  type HsmCluster,
  type HsmClusters,
  kmsuserSecretName,
  ServiceError,
  validation,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import { type GivenCluster, type GivenProxy, proxyNames } from './shapes.ts'

// The rules for the clusters of custom key stores (AWS KMS API reference, "CreateCustomKeyStore" and "UpdateCustomKeyStore"). The texts are
// ours where no source is named.

/** Finds the cluster of a Region. Throws CloudHsmClusterNotFoundException. */
export function existingCluster(clusters: HsmClusters, region: string, clusterId: string): HsmCluster {
  const found = clusters.find(region, clusterId)
  if (found !== undefined) return found
  throw new ServiceError(
    'CloudHsmClusterNotFoundException',
    `The AWS CloudHSM cluster ${clusterId} does not exist in this Region.`,
  )
}

/** Resolves to the number of active HSMs of a cluster. Rejects with CloudHsmClusterNotActiveException if its HSMs cannot work at all. */
export async function countActive(
  clusters: HsmClusters,
  region: string,
  { clusterId }: HsmCluster,
): Promise<number> {
  try {
    return await clusters.countActive(region, clusterId)
  } catch (error) {
    if (!(error instanceof ClusterFailure)) throw error
    throw new ServiceError(
      'CloudHsmClusterNotActiveException',
      `The AWS CloudHSM cluster ${clusterId} is not active.`,
      { reason: error.reason },
    )
  }
}

/** Refuses a cluster with too few active HSMs. Throws CloudHsmClusterInvalidConfigurationException. */
export function checkActive(active: number, { hsmsMin }: HsmCluster): void {
  if (active >= hsmsMin) return
  throw new ServiceError(
    'CloudHsmClusterInvalidConfigurationException',
    hsmsMin === 2
      ? // AWS's text, which its users have published.
        'CloudHSM cluster must contain active HSMs in at least two Availability Zones'
      : `CloudHSM cluster must contain active HSMs, at least ${hsmsMin}`,
  )
}

/**
 * Refuses a cluster that a store has, and one that is related to such a cluster: both began as one, so they have the same certificate. Throws
 * CloudHsmClusterInUseException.
 */
export function checkUnused(
  clusters: HsmClusters,
  { clusterId, trustAnchorFingerprint }: HsmCluster,
  others: readonly ClusterKeyStore[],
): void {
  const isUsed = others.some(
    other =>
      other.cluster.cloudHsmClusterId === clusterId ||
      fingerprintOf(clusters, other) === trustAnchorFingerprint,
  )
  if (isUsed)
    throw new ServiceError(
      'CloudHsmClusterInUseException',
      `The AWS CloudHSM cluster ${clusterId}, or a cluster that is related to it, is already associated with a custom key store.`,
    )
}

/** Refuses a different cluster that did not begin as the one of the store. Throws CloudHsmClusterNotRelatedException. */
export function checkRelated(clusters: HsmClusters, store: ClusterKeyStore, cluster: HsmCluster): void {
  if (fingerprintOf(clusters, store) === cluster.trustAnchorFingerprint) return
  throw new ServiceError(
    'CloudHsmClusterNotRelatedException',
    `The AWS CloudHSM cluster ${cluster.clusterId} is not related to the cluster ${store.cluster.cloudHsmClusterId} of the custom key store.`,
  )
}

/** Refuses a certificate that is not the cluster's. Throws IncorrectTrustAnchorException. */
export function checkTrustAnchor(clusters: HsmClusters, certificate: string, cluster: HsmCluster): void {
  if (clusters.fingerprintOf(certificate) === cluster.trustAnchorFingerprint) return
  throw new ServiceError(
    'IncorrectTrustAnchorException',
    `The trust anchor certificate is not the certificate of the AWS CloudHSM cluster ${cluster.clusterId}.`,
  )
}

const fingerprintOf = (clusters: HsmClusters, { cluster }: ClusterKeyStore) =>
  clusters.fingerprintOf(cluster.trustAnchorCertificate)

/** Refuses the members of external key stores. Throws ValidationException. */
export function refuseProxyMembers(given: GivenProxy, text: (name: string) => string): void {
  for (const name of proxyNames) if (given[name] !== undefined) throw validation(text(name))
}

/**
 * Returns the bytes of the password of a request, which the caller wipes. Throws ValidationException for one that could not be typed at an HSM:
 * AWS's model has the length alone.
 */
export function passwordIn({ KeyStorePassword: password = '' }: GivenCluster): Buffer {
  if (!/^[\x20-\x7e]+$/.test(password))
    throw validation('KeyStorePassword must have printable ASCII characters only.')
  return Buffer.from(password)
}

/** Wraps the password of a request for a store. */
export function wrappedPassword(
  hsm: Hsm,
  store: Pick<ClusterKeyStore, 'customKeyStoreId' | 'region'>,
  given: GivenCluster,
): Uint8Array {
  const password = passwordIn(given)
  const wrapped = hsm.wrapSecret(kmsuserSecretName(store), password, store.region)
  password.fill(0)
  return wrapped
}
