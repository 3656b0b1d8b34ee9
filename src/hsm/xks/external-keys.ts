import type { ExternalKey, Scope, XksCiphertext } from '../../domain/index.ts'
import type { Requester } from '../requester.ts'

/** A key outside, with the KMS key that works with it and the call that it works for. */
export interface ExternalUse extends ExternalKey {
  readonly scope: Scope
  readonly kmsKeyArn: string
  /** Undefined for work of the server itself. */
  readonly requester: Requester | undefined
}

/**
 * The way to keys outside: AES-256-GCM under keys that never come here. Both methods reject with the ServiceError
 * KMSInvalidStateException if the key manager does not answer, refuses or lies. They reject with TooMuchWaiting if too much work waits for it,
 * and with Abandoned if the requester is gone before the work begins.
 */
export interface ExternalKeys {
  encrypt(use: ExternalUse, plaintext: Uint8Array, associatedData: Uint8Array): Promise<XksCiphertext>
  decrypt(use: ExternalUse, sealed: XksCiphertext, associatedData: Uint8Array): Promise<Buffer>
}
