import type { Millis } from '../../../std/index.ts'
import type { Scope } from '../../aws/region.ts'
import { invalidOrigin, type KmsKey } from '../key.ts'
import type { KeyState } from '../key-state.ts'
import type { ConnectionErrorCode, ConnectionState } from './connection-state.ts'

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

/** A custom key store of the type EXTERNAL_KEY_STORE (AWS KMS developer guide, "External key stores"). */
export interface CustomKeyStore extends Scope {
  /** `cks-` and 17 lower-case hex digits. */
  readonly customKeyStoreId: string
  readonly name: string
  readonly type: 'EXTERNAL_KEY_STORE'
  readonly createdAt: Millis
  readonly connectionState: ConnectionState
  /** Defined exactly in the state FAILED. */
  readonly connectionErrorCode: ConnectionErrorCode | undefined
  readonly proxy: XksProxy
}

/** The name under which the HSM wraps the secret access key of a custom key store. */
export const xksSecretName = ({ customKeyStoreId }: Pick<CustomKeyStore, 'customKeyStoreId'>): string =>
  `xks proxy of ${customKeyStoreId}`

/** The most custom key stores of an account in a Region (AWS KMS developer guide, "Resource quotas"). */
export const customKeyStoresMax = 10

/** Returns a custom key store in a connection state. */
export function connected(
  store: CustomKeyStore,
  connectionState: ConnectionState,
  connectionErrorCode?: ConnectionErrorCode,
): CustomKeyStore {
  return { ...store, connectionState, connectionErrorCode }
}

/** Returns the state of a key as the API shows it. `connection` is the state of its custom key store, for a key that is in one. */
export function stateWith(
  { keyState, externalKey }: KmsKey,
  connection: ConnectionState | undefined,
): KeyState {
  const isAway = externalKey !== undefined && connection !== 'CONNECTED'
  return isAway && keyState === 'Enabled' ? 'Unavailable' : keyState
}

/** Refuses a key in a custom key store. Throws UnsupportedOperationException (AWS KMS developer guide, "Key states", footnote 7). */
export function refuseExternalKey(key: KmsKey): void {
  if (key.externalKey !== undefined) throw invalidOrigin(key)
}
