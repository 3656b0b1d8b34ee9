import type { ClusterKeyStore, CustomKeyStoreId } from '../../domain/index.ts'
import type { Eventual } from '../../std/index.ts'
import type { KeyBinding } from '../key-handle.ts'
import type { TokenAddress, TokenGateways } from './token-gateway.ts'
import type { TokenReference } from './token-reference.ts'

/** A token of a cluster. */
export interface ClusterToken extends TokenAddress {
  /** The name of its library in the settings, by which tokens of one label differ. */
  readonly library?: string
}

/** A cluster: its tokens are its HSMs. */
export interface HsmCluster {
  /** As AWS CloudHSM names it: `cluster-` and 11 to 16 characters. */
  readonly clusterId: string
  readonly tokens: readonly ClusterToken[]
  /** As many tokens must have a key before CreateKey returns it. */
  readonly minimumTokens: number
  /** The file of the PIN of the security officer. It is read when a token has to trust another one, and may be absent at other times. */
  readonly soPinPath: string | undefined
}

/** A custom key store of a cluster, as the database has it. */
export type ClusterStore = Pick<
  ClusterKeyStore,
  'accountId' | 'region' | 'customKeyStoreId' | 'connectionState' | 'cluster'
>

/** A key in the tokens of a cluster. */
export interface ClusterKey {
  readonly binding: KeyBinding
  readonly reference: TokenReference
}

/** An occurrence in a cluster, for the log. `token` is the label of the token and its library. */
export type ClusterEvent = {
  readonly clusterId: string
  readonly customKeyStoreId: string
  readonly token: string
} & (
  | { readonly kind: 'serves'; readonly serial: string; readonly carriedKeys: number }
  /** The token will be tried again. */
  | { readonly kind: 'away'; readonly reason: string }
  /** The token refuses its user, or cannot be used, until somebody does something. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'passwordChanged' }
  /** The token does not have the key, or one under the name of the key that is a different one. */
  | { readonly kind: 'keyLost'; readonly kmsKeyArn: string; readonly reason: string }
  /** A ceremony: the security officer of the token has made the transport key of `peer` a trusted one. It belongs in the audit log. */
  | {
      readonly kind: 'trusts'
      readonly peer: string
      readonly peerSerial: string
      /** SHA-256 of the transport key (SubjectPublicKeyInfo), as hex. */
      readonly fingerprint: string
    }
)

/** The parts of the server that the client of clusters needs. */
export interface ClusterClientOptions {
  /** By cluster id. */
  readonly clusters: ReadonlyMap<string, HsmCluster>
  readonly gateways: TokenGateways
  /** The file that counts wrong logins; undefined if the count ends with the process. */
  readonly loginsPath: string | undefined
  /** Returns a stored custom key store as it is now; undefined if there is none, or it is one of a different type. */
  readonly findStore: (name: CustomKeyStoreId) => Eventual<ClusterStore | undefined>
  /** As `unwrapSecret` of the HSM. */
  readonly unwrapSecret: (name: string, wrapped: Uint8Array) => Buffer
  /** Yields every key of a custom key store. */
  readonly listKeys: (store: CustomKeyStoreId) => AsyncIterable<ClusterKey>
  /** Counts one encryption before it is made. Rejects with ClusterFailure if the key may make no more. */
  readonly countEncryption: (key: KeyBinding, customKeyStoreId: string) => Eventual<void>
  /**
   * Called when the last token of a connected store has the next password, so that it takes the place of the password. It may be called again for
   * the same one. The token does not serve before, and joins again if this rejects.
   */
  readonly onPasswordEverywhere: (store: ClusterStore) => Promise<void>
  readonly onEvent: (event: ClusterEvent) => void
  /** The times before a token that is away is tried again, in milliseconds; the last one repeats. */
  readonly rejoinMillis?: readonly number[]
}
