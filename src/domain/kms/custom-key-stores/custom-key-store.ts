import type { Millis } from '../../../std/index.ts'
import { invalidOrigin, type KmsKey } from '../key.ts'
import type { KeyState } from '../key-state.ts'
import type { ConnectionErrorCode, ConnectionState } from './connection-state.ts'
import type { CustomKeyStoreId } from './custom-key-store-id.ts'

/** The way to the proxy of an external key store. */
export interface XksProxy {
  readonly connectivity: 'PUBLIC_ENDPOINT' | 'VPC_ENDPOINT_SERVICE'
  /** `https://` and a host name. */
  readonly uriEndpoint: string
  /** Ends with `/kms/xks/v1`. */
  readonly uriPath: string
  /** Defined exactly for VPC_ENDPOINT_SERVICE. */
  readonly vpcEndpointServiceName: string | undefined
  readonly vpcEndpointServiceOwner: string | undefined
  readonly accessKeyId: string
  /** The secret access key, wrapped by the HSM under `xksSecretName`. */
  readonly wrappedSecret: Uint8Array
  /** When the credential was given. */
  readonly credentialSince: Millis
}

/** The facts of every custom key store. */
export interface KeyStoreFacts extends CustomKeyStoreId {
  readonly name: string
  readonly createdAt: Millis
  readonly connectionState: ConnectionState
  /** Defined exactly in the state FAILED. */
  readonly connectionErrorCode: ConnectionErrorCode | undefined
}

/** A custom key store whose keys work together with keys outside (AWS KMS developer guide, "External key stores"). */
export interface ExternalKeyStore extends KeyStoreFacts {
  readonly type: 'EXTERNAL_KEY_STORE'
  readonly proxy: XksProxy
}

/** The way to the HSMs of a cluster. */
export interface ClusterLink {
  readonly cloudHsmClusterId: string
  /** The certificate of the cluster, in PEM as it was given. */
  readonly trustAnchorCertificate: string
  /** The password of `kmsuser`, wrapped by the HSM under `kmsuserSecretName`. */
  readonly wrappedPassword: Uint8Array
  /**
   * The next password, wrapped under `nextKmsuserSecretName`. It is stored before the first HSM gets it, and takes the place of the password when
   * all have it.
   */
  readonly wrappedNextPassword: Uint8Array | undefined
}

/** A custom key store whose keys are in HSMs (AWS KMS developer guide, "AWS CloudHSM key stores"). */
export interface ClusterKeyStore extends KeyStoreFacts {
  readonly type: 'AWS_CLOUDHSM'
  readonly cluster: ClusterLink
}

/** A custom key store. */
export type CustomKeyStore = ExternalKeyStore | ClusterKeyStore

/** Whether a custom key store is one of the type EXTERNAL_KEY_STORE. */
export const isExternalKeyStore = (store: CustomKeyStore): store is ExternalKeyStore =>
  store.type === 'EXTERNAL_KEY_STORE'

/** Whether a custom key store is one of the type AWS_CLOUDHSM. */
export const isClusterKeyStore = (store: CustomKeyStore): store is ClusterKeyStore =>
  store.type === 'AWS_CLOUDHSM'

/** The name of a custom key store. */
export type KeyStoreName = Pick<CustomKeyStore, 'customKeyStoreId'>

/** The name under which the HSM wraps the secret access key of a custom key store. */
export const xksSecretName = ({ customKeyStoreId }: KeyStoreName): string =>
  `xks proxy of ${customKeyStoreId}`

/** The name under which the HSM wraps the password of `kmsuser`. */
export const kmsuserSecretName = ({ customKeyStoreId }: KeyStoreName): string =>
  `kmsuser of ${customKeyStoreId}`

/** The name under which the HSM wraps the next password of `kmsuser`. */
export const nextKmsuserSecretName = ({ customKeyStoreId }: KeyStoreName): string =>
  `next kmsuser of ${customKeyStoreId}`

/** The most custom key stores of an account in a Region (AWS KMS developer guide, "Resource quotas"). */
export const customKeyStoresMax = 10

/** Returns a custom key store in a connection state. */
export function connected<Store extends CustomKeyStore>(
  store: Store,
  connectionState: ConnectionState,
  connectionErrorCode?: ConnectionErrorCode,
): Store {
  return { ...store, connectionState, connectionErrorCode }
}

/** Returns the id of the custom key store that a key is in; undefined for a key in none. */
export const keyStoreIdOf = ({ externalKey, clusterKey }: KmsKey): string | undefined =>
  externalKey?.customKeyStoreId ?? clusterKey?.customKeyStoreId

/** Returns the state of a key as the API shows it. `connection` is the state of its custom key store, for a key that is in one. */
export function stateWith(key: KmsKey, connection: ConnectionState | undefined): KeyState {
  const isAway = keyStoreIdOf(key) !== undefined && connection !== 'CONNECTED'
  return isAway && key.keyState === 'Enabled' ? 'Unavailable' : key.keyState
}

/** Refuses a key in a custom key store. Throws UnsupportedOperationException (AWS KMS developer guide, "Key states", footnote 7). */
export function refuseKeyInStore(key: KmsKey): void {
  if (keyStoreIdOf(key) !== undefined) throw invalidOrigin(key)
}
