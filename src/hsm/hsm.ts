import type {
  EncryptionAlgorithm,
  KeyPairSpec,
  KeySpec,
  MacAlgorithm,
  MessageType,
  Scope,
  SigningAlgorithm,
  WrappingAlgorithm,
  WrappingKeySpec,
} from '../domain/index.ts'
import type { Millis } from '../std/index.ts'

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
  /** The public key, bound in the same way; undefined for key material that has none. */
  readonly publicKeyToken: Uint8Array | undefined
}

/** A key material to work with. */
export interface KeyHandle {
  readonly binding: KeyBinding
  readonly keyToken: Uint8Array
}

/** The public half of a key material. */
export interface PublicKeyHandle {
  readonly binding: KeyBinding
  readonly publicKeyToken: Uint8Array
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

/** What an import token is for: one key, one wrapping key, one day. */
export interface ImportClaims {
  readonly keyArn: string
  readonly wrappingAlgorithm: WrappingAlgorithm
  readonly wrappingKeySpec: WrappingKeySpec
  readonly validTo: Millis
}

/** A message to sign or verify, with what it is. */
export interface SignedMessage {
  readonly algorithm: SigningAlgorithm
  readonly messageType: MessageType
  /** Of the size that the message type asks for. */
  readonly message: Uint8Array
}

/** Sealed bytes that do not open: altered, cut, sealed under another key or with other associated data. */
export class SealBroken extends Error {}

/** Key material that is not of the key spec it is given for. The message holds none of it. */
export class KeyMaterialProblem extends Error {}

/** A public key that cannot be read, or is not a point of the key's curve. */
export class PublicKeyProblem extends Error {}

/**
 * The security boundary. Above it key material exists only as key tokens; the sealed form of `encrypt` is opaque.
 * What may take a millisecond or more is a promise, and does not hold up other requests while it works.
 */
export interface Hsm {
  /** New random key material for a key. */
  generateKeyMaterial(owner: KeyOwner): Promise<WrappedKeyMaterial>
  /**
   * Takes given key material for a key and wipes `material`: the bytes of a secret, or a private key in PKCS#8 DER.
   * Throws KeyMaterialProblem where it does not fit the key spec.
   */
  importKeyMaterial(owner: KeyOwner, material: Uint8Array): WrappedKeyMaterial
  /** The same key material for the same key in another region. */
  replicateKeyMaterial(key: KeyHandle, region: string): WrappedKeyMaterial
  /** SubjectPublicKeyInfo in DER (RFC 5280). */
  getPublicKey(key: PublicKeyHandle): Buffer

  /** Encrypts under a symmetric key with associated data. Plaintext of any length; 40 bytes longer comes back. */
  encrypt(key: KeyHandle, plaintext: Uint8Array, associatedData: Uint8Array): Buffer
  /** Undoes `encrypt`. Throws SealBroken. */
  decrypt(key: KeyHandle, sealed: Uint8Array, associatedData: Uint8Array): Buffer
  /** Encrypts to an asymmetric key. The plaintext is no longer than the algorithm takes. */
  encryptAsymmetric(key: KeyHandle, algorithm: EncryptionAlgorithm, plaintext: Uint8Array): Promise<Buffer>
  /** Undoes `encryptAsymmetric`. Throws SealBroken. */
  decryptAsymmetric(key: KeyHandle, algorithm: EncryptionAlgorithm, ciphertext: Uint8Array): Promise<Buffer>

  /** A signature in the format of the algorithm (AWS KMS developer guide, "Key spec reference"). */
  sign(key: KeyHandle, message: SignedMessage): Promise<Buffer>
  /** Whether the signature is the key's over the message; false for bytes that are no signature at all. */
  verify(key: KeyHandle, message: SignedMessage, signature: Uint8Array): Promise<boolean>
  /** HMAC (RFC 2104) of the message. */
  generateMac(key: KeyHandle, algorithm: MacAlgorithm, message: Uint8Array): Buffer
  /** Compares in constant time. */
  verifyMac(key: KeyHandle, algorithm: MacAlgorithm, message: Uint8Array, mac: Uint8Array): boolean
  /**
   * ECDH (NIST SP 800-56A, 5.7.1.2): the x-coordinate, as long as the field. `publicKey` is a SubjectPublicKeyInfo in
   * DER. Throws PublicKeyProblem.
   */
  deriveSharedSecret(key: KeyHandle, publicKey: Uint8Array): Promise<Buffer>
  /** A new shared secret of 32 bytes for the key (FIPS 203). */
  encapsulate(key: KeyHandle): Promise<{ readonly sharedSecret: Buffer; readonly ciphertext: Buffer }>
  /** Throws SealBroken for a ciphertext of the wrong length; any other gives a secret (implicit rejection, FIPS 203). */
  decapsulate(key: KeyHandle, ciphertext: Uint8Array): Promise<Buffer>

  /** A new key pair for use outside: PKCS#8 and SubjectPublicKeyInfo, both DER. The caller wipes the private key. */
  generateKeyPair(keySpec: KeyPairSpec): Promise<{ readonly privateKey: Buffer; readonly publicKey: Buffer }>
  /** Bytes from the random number generator; the caller wipes them when they were a secret. */
  generateRandom(length: number): Buffer

  /** A new wrapping key: its public half in DER, its private half in the import token with the claims. */
  generateWrappingKey(
    claims: ImportClaims,
  ): Promise<{ readonly publicKey: Buffer; readonly importToken: Buffer }>
  /** What an import token was made for. Throws SealBroken for one that was not made here. */
  readImportToken(importToken: Uint8Array): ImportClaims
  /**
   * Takes key material that was wrapped under the wrapping key of an import token. Throws SealBroken where it does not
   * unwrap, KeyMaterialProblem where what it holds does not fit the key spec.
   */
  importWrappedKeyMaterial(
    owner: KeyOwner,
    importToken: Uint8Array,
    wrapped: Uint8Array,
  ): Promise<WrappedKeyMaterial>

  /** Wraps a secret of the server's own, such as an access key's, under a name it must be opened with. */
  wrapSecret(name: string, secret: Uint8Array): Buffer
  /** Throws SealBroken where the bytes were not wrapped under this name here. */
  unwrapSecret(name: string, wrapped: Uint8Array): Buffer
  /** Drops what is cached of a key's materials, as when it is disabled or deleted. */
  forget(scope: Scope, keyId: string): void
  /** Drops all key material. The object is useless afterwards. */
  close(): void
}
