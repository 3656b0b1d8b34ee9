import type { Millis } from '../std/index.ts'

/** Who a request acts as. */
export type Principal =
  | { readonly type: 'Root'; readonly accountId: string; readonly arn: string; readonly principalId: string }
  | {
      readonly type: 'IAMUser'
      readonly accountId: string
      readonly arn: string
      /** The user's unique id, `AIDA…`. */
      readonly principalId: string
      readonly userName: string
    }

/** A named policy document attached to an identity, as its author wrote it. */
export interface NamedPolicy {
  readonly name: string
  readonly document: string
}

/** A principal and what its identity policies say. */
export interface Identity {
  readonly principal: Principal
  readonly policies: readonly NamedPolicy[]
}

export interface User {
  readonly accountId: string
  readonly userName: string
  /** `AIDA` and 17 characters, unique for ever. */
  readonly userId: string
  readonly createdAt: Millis
  readonly policies: readonly NamedPolicy[]
}

/** An access key. The secret is wrapped; only the hsm room can open it. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly accountId: string
  /** Undefined for a key of the account root. */
  readonly userName: string | undefined
  readonly wrappedSecret: Uint8Array
  readonly isActive: boolean
  readonly createdAt: Millis
  /** SHA-256 of the session token that must come with the key, 32 bytes; undefined for a long-term key. */
  readonly sessionTokenDigest: Uint8Array | undefined
  /** When a temporary key ends; undefined for a long-term key. */
  readonly expiresAt: Millis | undefined
}
