import type { KeyTokenBinding } from '../authenticator.ts'
import type { ConnectionErrorCode } from './connection-state.ts'
import type { ClusterKeyStore } from './custom-key-store.ts'
import type { CustomKeyStoreId } from './custom-key-store-id.ts'

/** A cluster of HSMs that the server can reach. */
export interface HsmCluster {
  /** `cluster-` and 11 to 16 characters. */
  readonly clusterId: string
  /** SHA-256 of the certificate of the cluster (DER), as hex. Clusters of one certificate are related. */
  readonly trustAnchorFingerprint: string
  /** How many HSMs it has. */
  readonly hsms: number
  /** How many of them must be active for a custom key store. */
  readonly hsmsMin: number
}

/** Key material that HSMs of a cluster have, as the rest of the server holds it. */
export interface ClusterKeyMaterial {
  readonly keyMaterialId: string
  readonly keyToken: Uint8Array
  readonly publicKeyToken: undefined
}

/** The end of an attempt to connect a custom key store to the HSMs of its cluster. */
export type ClusterConnection =
  | {
      readonly errorCode: undefined
      /** Whether every HSM of the cluster has the next password. One that does not answer may still have the current one. */
      readonly isPasswordEverywhere: boolean
    }
  | { readonly errorCode: ConnectionErrorCode; readonly reason: string }

/** The sessions of custom key stores with the HSMs of their clusters. */
export interface ClusterSessions {
  /**
   * Logs in to the HSMs of a store, gives each the next password, and resolves when the HSMs that answer work together. `beginChange` stores a next
   * password; it is called before the first HSM gets it, and only if the store has none. HSMs may have the next password however the attempt ends.
   */
  connect(store: ClusterKeyStore, beginChange: () => Promise<ClusterKeyStore>): Promise<ClusterConnection>
  /** Ends all attempts to connect soon, and later ones at once, because the server stops. */
  stopConnecting(): void
  /** Logs out of the HSMs of a store, if there are sessions. */
  release(store: CustomKeyStoreId): Promise<void>
}

/** The clusters of HSMs, as operations on custom key stores and their keys use them. Methods reject with ClusterFailure. */
export interface HsmClusters {
  find(region: string, clusterId: string): HsmCluster | undefined
  /** Returns SHA-256 of a certificate (DER), as hex; undefined unless the text is one certificate in PEM and nothing else. */
  fingerprintOf(pem: string): string | undefined
  /** Resolves to the number of HSMs of a cluster that answer now. Logs in to none. */
  countActive(region: string, clusterId: string): Promise<number>
  /** Returns the number of HSMs that work for a connected custom key store. */
  active(store: ClusterKeyStore): number
  /** Makes an AES key in all HSMs that work for a store. The key is destroyed again unless it is stored within minutes. */
  makeKey(store: ClusterKeyStore, owner: Omit<KeyTokenBinding, 'keyMaterialId'>): Promise<ClusterKeyMaterial>
  /** Returns random bytes of an HSM, which the caller wipes if they are a secret. */
  random(store: ClusterKeyStore, sizeBytes: number): Promise<Buffer>
  /** Forgets the failed logins to the HSMs of a cluster, because it has a different password now. */
  forgetLogins(region: string, clusterId: string): void
}
