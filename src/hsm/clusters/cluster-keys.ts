import type { KeyBinding } from '../key-handle.ts'
import type { Requester } from '../requester.ts'
import type { TokenCiphertext } from './token-gateway.ts'
import type { TokenReference } from './token-reference.ts'

/** A key in the HSMs of a cluster, with the call that it works for. */
export interface ClusterUse {
  readonly binding: KeyBinding
  readonly reference: TokenReference
  /** Undefined for work of the server itself. */
  readonly requester: Requester | undefined
}

/**
 * The way to keys in HSMs: AES-256-GCM under keys that never come here. Both methods reject with the ServiceError of a ClusterFailure if no HSM
 * does the work. They reject with TooMuchWaiting if too much work waits for the HSMs, and with Abandoned if the requester is gone before the
 * work begins.
 */
export interface ClusterKeys {
  encrypt(use: ClusterUse, plaintext: Uint8Array, associatedData: Uint8Array): Promise<TokenCiphertext>
  /** Rejects with SealBroken for a ciphertext that the key did not make with this associated data. */
  decrypt(use: ClusterUse, sealed: TokenCiphertext, associatedData: Uint8Array): Promise<Buffer>
}
