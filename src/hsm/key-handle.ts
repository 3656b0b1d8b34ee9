import type { ExternalKey, KeyTokenBinding } from '../domain/index.ts'

/** The key that a key material belongs to. A key token opens under exactly this binding, so rows cannot be swapped. */
export type KeyBinding = KeyTokenBinding

/** A binding before its key material is known. */
export type KeyOwner = Omit<KeyBinding, 'keyMaterialId'>

/** Key material as the rest of the server holds it: wrapped, and bound to its key. */
export interface WrappedKeyMaterial {
  readonly keyMaterialId: string
  /** Its first byte says which backend opens it (`backends/backends.ts`). */
  readonly keyToken: Uint8Array
  /** The public key, bound in the same way; undefined for key material that has none. */
  readonly publicKeyToken: Uint8Array | undefined
}

/** A key material to work with. */
export interface KeyHandle {
  readonly binding: KeyBinding
  readonly keyToken: Uint8Array
  /** The key outside that the key works with, too; undefined for a key that is not in an external key store. */
  readonly externalKey?: ExternalKey | undefined
}

/** The public half of a key material. */
export interface PublicKeyHandle {
  readonly binding: KeyBinding
  readonly publicKeyToken: Uint8Array
}
