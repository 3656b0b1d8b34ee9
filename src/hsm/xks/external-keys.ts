import type { ExternalKey, Scope, XksCiphertext } from '../../domain/index.ts'
import type { CallPurpose } from '../requester.ts'

/** A key outside, with the KMS key that works with it and the call that it works for. */
export interface ExternalUse extends ExternalKey {
  readonly scope: Scope
  readonly kmsKeyArn: string
  /** Undefined for work of the server itself. */
  readonly purpose: CallPurpose | undefined
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal | undefined
}

/**
 * The way to keys outside: AES-256-GCM under keys that never come here. Both methods reject with a ServiceError: with
 * KMSInvalidStateException if the key manager does not answer, refuses or lies, and with ThrottlingException if too much work waits for it.
 */
export interface ExternalKeys {
  encrypt(use: ExternalUse, plaintext: Uint8Array, associatedData: Uint8Array): Promise<XksCiphertext>
  decrypt(use: ExternalUse, sealed: XksCiphertext, associatedData: Uint8Array): Promise<Buffer>
}
