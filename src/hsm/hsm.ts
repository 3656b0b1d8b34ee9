import type { KeySpec, Scope } from '../domain/index.ts'

/** Whose key material it is. A key token opens under exactly this binding, so rows cannot be swapped. */
export interface KeyBinding extends Scope {
  readonly keyId: string
  readonly keySpec: KeySpec
  /** 64 lower-case hex digits. */
  readonly keyMaterialId: string
}

/** A binding before its material is known. */
export type KeyOwner = Omit<KeyBinding, 'keyMaterialId'>

/** Key material as the rest of the server holds it: wrapped, and bound to its key. */
export interface WrappedKeyMaterial {
  readonly keyMaterialId: string
  readonly keyToken: Uint8Array
}

/** A key material to work with. */
export interface KeyHandle {
  readonly binding: KeyBinding
  readonly keyToken: Uint8Array
}

/** A domain key, wrapped by the root key. It wraps the key tokens of one region, or the secrets that have no region. */
export interface WrappedDomainKey {
  readonly domainKeyId: string
  /** A region, or `global`. */
  readonly domain: string
  readonly wrapped: Uint8Array
}

/** The domain of secrets that belong to no region, such as those of access keys. */
export const globalDomain = 'global'

/** Sealed bytes that do not open: altered, cut, sealed under another key or with other associated data. */
export class SealBroken extends Error {}

/**
 * The security boundary. Above it key material exists only as key tokens; the sealed form of `encrypt` is opaque.
 */
export interface Hsm {
  /** New random key material for a key. */
  generateKeyMaterial(owner: KeyOwner): WrappedKeyMaterial
  /**
   * Takes given key material for a key and wipes `material`. Throws OperatorError where it does not fit the key spec.
   */
  importKeyMaterial(owner: KeyOwner, material: Uint8Array): WrappedKeyMaterial
  /** Encrypts under a key material with associated data. Plaintext of any length; 40 bytes longer comes back. */
  encrypt(key: KeyHandle, plaintext: Uint8Array, associatedData: Uint8Array): Buffer
  /** Undoes `encrypt`. Throws SealBroken. */
  decrypt(key: KeyHandle, sealed: Uint8Array, associatedData: Uint8Array): Buffer
  /** Bytes from the random number generator; the caller wipes them when they were a secret. */
  generateRandom(length: number): Buffer
  /** Wraps a secret of the server's own, such as an access key's, under a name it must be opened with. */
  wrapSecret(name: string, secret: Uint8Array): Buffer
  /** Throws SealBroken where the bytes were not wrapped under this name here. */
  unwrapSecret(name: string, wrapped: Uint8Array): Buffer
  /** Drops what is cached of a key's materials, as when it is disabled or deleted. */
  forget(scope: Scope, keyId: string): void
  /** Drops all key material. The object is useless afterwards. */
  close(): void
}
