import {
  type ClusterKeyStore,
  type ConnectionState,
  type CustomKeyStore,
  customKeyStoresMax,
  type ExternalKeyStore,
  isClusterKeyStore,
  isExternalKeyStore,
  type Scope,
  ServiceError,
} from '../../../domain/index.ts'
import type { Disclosure, ResourceQuestion } from '../../../operation/index.ts'
import type { Json } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'

interface NamesStore {
  readonly CustomKeyStoreId: string
}

/** Finds the custom key store that a request names; the operation refuses a missing one once the caller is allowed. */
export async function onStore({ input, scope, store }: ResourceQuestion<NamesStore>) {
  const found = await store.customKeyStores.find(scope, input.CustomKeyStoreId)
  return { resources: [{ arn: '*' }], found }
}

/** The custom key stores beside a new or a changed one. */
export interface OtherStores {
  /** The stores of the account in the Region. */
  readonly own: readonly CustomKeyStore[]
  /** The stores of all accounts in the Region that are in clusters: a cluster belongs to one store. */
  readonly inClusters: readonly ClusterKeyStore[]
}

/** Finds all custom key stores that matter to a new one. */
export async function onAllStores({ scope, store }: ResourceQuestion<unknown>) {
  return { resources: [{ arn: '*' }], found: await storesAround(store, scope) }
}

/** Returns all custom key stores that matter to one of an account in a Region. */
export async function storesAround({ customKeyStores }: Reader, scope: Scope): Promise<OtherStores> {
  const page = await customKeyStores.list(scope, { after: undefined, limit: customKeyStoresMax })
  const all = await customKeyStores.listAll()
  return {
    own: page.items,
    inClusters: all.filter(isClusterKeyStore).filter(({ region }) => region === scope.region),
  }
}

/** Returns a custom key store that must exist. Throws CustomKeyStoreNotFoundException; no source has AWS's text. */
export function existing(store: CustomKeyStore | undefined): CustomKeyStore {
  if (store !== undefined) return store
  throw new ServiceError('CustomKeyStoreNotFoundException', 'The custom key store does not exist.')
}

/** Refuses one more custom key store than an account may have. Throws LimitExceededException, whose text has the form of AWS's texts. */
export function checkStoreQuota({ own }: OtherStores): void {
  if (own.length >= customKeyStoresMax)
    throw new ServiceError(
      'LimitExceededException',
      `Custom key stores quota for this account in this region is ${customKeyStoresMax}, current usage is ${own.length}.`,
    )
}

/** Refuses a name that another store has. Throws CustomKeyStoreNameInUseException. */
export function checkNameIsFree(name: string, { own }: OtherStores): void {
  if (own.some(other => other.name === name))
    throw new ServiceError(
      'CustomKeyStoreNameInUseException',
      `The name ${name} is already that of another custom key store.`,
    )
}

/** The error of a change of a store that was changed at the same time. The text is ours: in AWS the later of two updates wins, unseen. */
export const changedMeanwhile = (customKeyStoreId: string) =>
  new ServiceError(
    'CustomKeyStoreInvalidStateException',
    `The custom key store ${customKeyStoreId} was changed at the same time. Try again.`,
  )

/** Returns a store that must be an external key store. Throws UnsupportedOperationException; the text is ours. */
export function external(store: CustomKeyStore): ExternalKeyStore {
  if (isExternalKeyStore(store)) return store
  throw new ServiceError(
    'UnsupportedOperationException',
    `The custom key store ${store.customKeyStoreId} is no external key store.`,
  )
}

/** Returns a store that must be in a cluster of HSMs. Throws UnsupportedOperationException; the text is ours. */
export function inCluster(store: CustomKeyStore): ClusterKeyStore {
  if (isClusterKeyStore(store)) return store
  throw new ServiceError(
    'UnsupportedOperationException',
    `The custom key store ${store.customKeyStoreId} is no AWS CloudHSM key store.`,
  )
}

/** Refuses a custom key store in any other state than these. Throws CustomKeyStoreInvalidStateException; the text is ours. */
export function checkConnectionState(
  { customKeyStoreId, connectionState }: CustomKeyStore,
  allowed: readonly ConnectionState[],
): void {
  if (allowed.includes(connectionState)) return
  throw new ServiceError(
    'CustomKeyStoreInvalidStateException',
    `The custom key store ${customKeyStoreId} is ${connectionState}, which is not valid for this operation.`,
  )
}

/**
 * The parameters of the records of requests about a cluster: they call its id `clusterId`, and leave out the certificate (AWS KMS developer
 * guide, log entries "CreateCustomKeyStore" and "UpdateCustomKeyStore").
 */
export function shownCluster(_input: unknown, disclosed: Json): Json {
  const {
    cloudHsmClusterId,
    trustAnchorCertificate: _,
    ...rest
  } = disclosed as Readonly<Record<string, Json>>
  return { ...rest, ...(cloudHsmClusterId !== undefined && { clusterId: cloudHsmClusterId }) }
}

/** The members of additionalEventData that the records of operations on a store have (AWS KMS developer guide, their log entries). */
export function discloseStore({
  found,
}: {
  readonly found?: CustomKeyStore | undefined
}): Disclosure['additionalEventData'] {
  return (
    found && {
      customKeyStoreName: found.name,
      ...(isClusterKeyStore(found) && { clusterId: found.cluster.cloudHsmClusterId }),
    }
  )
}
