import {
  type ClusterKeyStore,
  type ClusterLink,
  type HsmCluster,
  type HsmClusters,
  isClusterKeyStore,
  type KeyStoreFacts,
  kmsuserSecretName,
  type Scope,
  ServiceError,
  validation,
} from '../../../domain/index.ts'
import type { Hsm } from '../../../hsm/index.ts'
import { equalConstantTime } from '../../../std/index.ts'
import {
  checkActive,
  checkRelated,
  checkTrustAnchor,
  checkUnused,
  countActive,
  existingCluster,
  passwordIn,
  refuseProxyMembers,
  wrappedPassword,
} from './cluster-settings.ts'
import type { GivenChange, GivenCluster, GivenStore } from './shapes.ts'
import {
  changedMeanwhile,
  checkConnectionState,
  checkNameIsFree,
  checkStoreQuota,
  type OtherStores,
} from './stores.ts'

// The parts of CreateCustomKeyStore and UpdateCustomKeyStore that are about stores in clusters of HSMs. The order of the checks is that in
// which the API reference lists what a cluster must be. The password is not tried: only ConnectCustomKeyStore logs in.

interface Tools {
  readonly hsm: Hsm
  readonly hsmClusters: HsmClusters
}

/** A cluster, and how many of its HSMs were active when it was asked. */
export interface SeenCluster {
  readonly cluster: HsmCluster
  readonly active: number
}

/** Checks a new store, and counts the active HSMs of its cluster. Resolves to undefined if the store is there already. */
export async function prepareNewClusterStore(
  given: GivenStore,
  scope: Scope,
  others: OtherStores,
  tools: Tools,
): Promise<SeenCluster | undefined> {
  const wanted = wantedCluster(given)
  if (findSame(given, others, tools) !== undefined) return undefined
  checkNameIsFree(given.CustomKeyStoreName, others)
  const cluster = existingCluster(tools.hsmClusters, scope.region, wanted.clusterId)
  const seen = { cluster, active: await countActive(tools.hsmClusters, scope.region, cluster) }
  checkNew(given, seen, others, tools)
  return seen
}

/**
 * Returns a new store, or the store that has exactly these properties, which a second request gets (API
 * reference, "CreateCustomKeyStore").
 */
export function newClusterStore(
  given: GivenStore,
  seen: SeenCluster | undefined,
  others: OtherStores,
  { facts, ...tools }: Tools & { readonly facts: KeyStoreFacts },
): ClusterKeyStore {
  const same = findSame(given, others, tools)
  if (same !== undefined) return same
  checkNameIsFree(given.CustomKeyStoreName, others)
  // The store was there when its cluster would have been asked.
  if (seen === undefined)
    throw new ServiceError('KMSInternalException', 'The custom key store was deleted at the same time.')
  checkNew(given, seen, others, tools)
  const { clusterId, certificate } = wantedCluster(given)
  return {
    ...facts,
    type: 'AWS_CLOUDHSM',
    cluster: {
      cloudHsmClusterId: clusterId,
      trustAnchorCertificate: certificate,
      wrappedPassword: wrappedPassword(tools.hsm, facts, given),
      wrappedNextPassword: undefined,
    },
  }
}

function checkNew(
  given: GivenStore,
  { cluster, active }: SeenCluster,
  others: OtherStores,
  { hsmClusters }: Tools,
): void {
  checkUnused(hsmClusters, cluster, others.inClusters)
  checkActive(active, cluster)
  checkTrustAnchor(hsmClusters, wantedCluster(given).certificate, cluster)
  checkStoreQuota(others)
}

/** Returns the cluster that a request names. Throws ValidationException. */
function wantedCluster(given: GivenStore): { readonly clusterId: string; readonly certificate: string } {
  refuseProxyMembers(given, name => `${name} is not valid with the CustomKeyStoreType AWS_CLOUDHSM.`)
  const needed = (name: 'CloudHsmClusterId' | 'KeyStorePassword' | 'TrustAnchorCertificate') => {
    const value = given[name]
    if (value === undefined) throw validation(`${name} is required for an AWS CloudHSM key store.`)
    return value
  }
  const wanted = { clusterId: needed('CloudHsmClusterId'), certificate: needed('TrustAnchorCertificate') }
  needed('KeyStorePassword')
  passwordIn(given).fill(0)
  return wanted
}

/** Finds the disconnected store that has exactly the properties of a request. */
function findSame(
  given: GivenStore,
  { own }: OtherStores,
  { hsm, hsmClusters }: Tools,
): ClusterKeyStore | undefined {
  const { clusterId, certificate } = wantedCluster(given)
  const fingerprint = hsmClusters.fingerprintOf(certificate)
  return own.filter(isClusterKeyStore).find(({ cluster, ...store }) => {
    const hasSameName = store.name === given.CustomKeyStoreName && store.connectionState === 'DISCONNECTED'
    if (!hasSameName || cluster.cloudHsmClusterId !== clusterId || fingerprint === undefined) return false
    if (hsmClusters.fingerprintOf(cluster.trustAnchorCertificate) !== fingerprint) return false
    return hasPassword(hsm, store, cluster, given)
  })
}

function hasPassword(
  hsm: Hsm,
  store: Pick<ClusterKeyStore, 'customKeyStoreId'>,
  { wrappedPassword: wrapped }: ClusterLink,
  given: GivenCluster,
): boolean {
  const passwords = [hsm.unwrapSecret(kmsuserSecretName(store), wrapped), passwordIn(given)] as const
  const isSame = equalConstantTime(...passwords)
  for (const password of passwords) password.fill(0)
  return isSame
}

/** Checks an update, and counts the active HSMs of a different cluster. Resolves to undefined if the cluster stays. */
export async function prepareClusterChange(
  given: GivenChange,
  before: ClusterKeyStore,
  others: OtherStores,
  { hsmClusters }: Tools,
): Promise<SeenCluster | undefined> {
  checkChange(given, before, others)
  const { CloudHsmClusterId: clusterId } = given
  if (clusterId === undefined || clusterId === before.cluster.cloudHsmClusterId) return undefined
  const cluster = existingCluster(hsmClusters, before.region, clusterId)
  const active = await countActive(hsmClusters, before.region, cluster)
  checkRelated(hsmClusters, before, cluster)
  checkActive(active, cluster)
  return { cluster, active }
}

/**
 * Returns a store after an update. A password is the one that the HSMs have now (API reference, "UpdateCustomKeyStore", KeyStorePassword), so
 * one that they were to get is dropped.
 */
export function changedClusterStore(
  given: GivenChange,
  before: ClusterKeyStore,
  others: OtherStores,
  { seen, hsm }: { readonly seen: SeenCluster | undefined; readonly hsm: Hsm },
): ClusterKeyStore {
  checkChange(given, before, others)
  const { CloudHsmClusterId: clusterId = before.cluster.cloudHsmClusterId } = given
  // The store had this cluster when a different one would have been asked.
  if (clusterId !== before.cluster.cloudHsmClusterId && seen === undefined)
    throw changedMeanwhile(before.customKeyStoreId)
  return {
    ...before,
    name: given.NewCustomKeyStoreName ?? before.name,
    cluster: {
      ...before.cluster,
      cloudHsmClusterId: clusterId,
      ...(given.KeyStorePassword !== undefined && {
        wrappedPassword: wrappedPassword(hsm, before, given),
        wrappedNextPassword: undefined,
      }),
    },
  }
}

/** Refuses an update that is not possible, apart from the cluster that it names. */
function checkChange(given: GivenChange, before: ClusterKeyStore, others: OtherStores): void {
  refuseProxyMembers(given, name => `${name} is not valid for an AWS CloudHSM key store.`)
  const { NewCustomKeyStoreName: name, CloudHsmClusterId: clusterId, KeyStorePassword: password } = given
  if (name === undefined && clusterId === undefined && password === undefined)
    throw validation('You must specify at least one property to change.')
  if (password !== undefined) passwordIn(given).fill(0)
  // The name alone may change while the store is connected (API reference, "CustomKeyStoreInvalidStateException").
  const isNameAlone = clusterId === undefined && password === undefined
  checkConnectionState(before, isNameAlone ? ['DISCONNECTED', 'CONNECTED'] : ['DISCONNECTED'])
  if (name !== undefined) checkNameIsFree(name, others)
}
