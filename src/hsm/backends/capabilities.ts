import type {
  EncryptionAlgorithm,
  MacAlgorithm,
  MessageType,
  SigningAlgorithm,
  XksCiphertext,
} from '../../domain/index.ts'
import type { Eventual } from '../../std/index.ts'
import type { KeyHandle, KeyOwner, WrappedKeyMaterial } from '../key-handle.ts'
import type { Requester } from '../requester.ts'

// Work that may have to wait is done for a requester; without one, for the server itself.

/** The only capability that every backend has: AWS's custom key stores hold symmetric encryption keys and no others. */
export interface SymmetricEncryption {
  /**
   * Encrypts plaintext under a symmetric key with associated data. The result is 40 bytes longer; at most 55 bytes more for a
   * key in an external key store. A key in the memory of this process answers at once.
   */
  encrypt(
    key: KeyHandle,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
    requester?: Requester,
  ): Eventual<Buffer>
  /** Undoes `encrypt`. Throws SealBroken. */
  decrypt(
    key: KeyHandle,
    sealed: Uint8Array,
    associatedData: Uint8Array,
    requester?: Requester,
  ): Eventual<Buffer>
}

/**
 * Encryption for the clients of an external key store proxy, which take a ciphertext in parts (docs/ciphertext.md, "Ciphertexts of the external key
 * store proxy").
 */
export interface ProxyEncryption {
  /** Encrypts under a symmetric key, with the associated data of the client. */
  sealForProxy(key: KeyHandle, plaintext: Uint8Array, associatedData: Uint8Array): XksCiphertext
  /**
   * Undoes `sealForProxy` with the key material, among those given, that made the ciphertext. All are of one key. Throws SealBroken if none did.
   */
  openForProxy(keys: readonly KeyHandle[], sealed: XksCiphertext, associatedData: Uint8Array): OpenedForProxy
}

/** A plaintext, and the key material that its ciphertext was made with. */
export interface OpenedForProxy {
  readonly plaintext: Buffer
  readonly keyMaterialId: string
}

/** Encryption to key pairs. */
export interface AsymmetricEncryption {
  /** Encrypts to an asymmetric key. The plaintext must not be longer than the algorithm allows. */
  encryptAsymmetric(
    key: KeyHandle,
    algorithm: EncryptionAlgorithm,
    plaintext: Uint8Array,
    requester?: Requester,
  ): Promise<Buffer>
  /** Undoes `encryptAsymmetric`. Throws SealBroken. */
  decryptAsymmetric(
    key: KeyHandle,
    algorithm: EncryptionAlgorithm,
    ciphertext: Uint8Array,
    requester?: Requester,
  ): Promise<Buffer>
}

/** A message to sign or verify, with its signing algorithm and message type. */
export interface SignedMessage {
  readonly algorithm: SigningAlgorithm
  readonly messageType: MessageType
  /** Of the size that the message type demands. */
  readonly message: Uint8Array
}

/** Signatures of key pairs. */
export interface Signing {
  /** Signs, in the format of the algorithm (AWS KMS developer guide, "Key spec reference"). */
  sign(key: KeyHandle, message: SignedMessage, requester?: Requester): Promise<Buffer>
  /** Whether the signature is the key's over the message; false for bytes that are not a signature at all. */
  verify(
    key: KeyHandle,
    message: SignedMessage,
    signature: Uint8Array,
    requester?: Requester,
  ): Promise<boolean>
}

/** MACs of HMAC keys. */
export interface Macs {
  /** HMAC (RFC 2104) of the message. */
  generateMac(key: KeyHandle, algorithm: MacAlgorithm, message: Uint8Array): Buffer
}

/** Secrets that two key pairs share. */
export interface KeyAgreement {
  /**
   * ECDH (NIST SP 800-56A, 5.7.1.2): the x-coordinate, as long as the field. `publicKey` is a SubjectPublicKeyInfo in
   * DER. Throws PublicKeyProblem.
   */
  deriveSharedSecret(key: KeyHandle, publicKey: Uint8Array, requester?: Requester): Promise<Buffer>
}

/** Shared secrets, encrypted to key pairs. */
export interface Encapsulation {
  /** Makes a shared secret of 32 bytes for the key (FIPS 203). */
  encapsulate(
    key: KeyHandle,
    requester?: Requester,
  ): Promise<{ readonly sharedSecret: Buffer; readonly ciphertext: Buffer }>
  /** Throws SealBroken for a ciphertext of the wrong length; any other gives a secret (implicit rejection, FIPS 203). */
  decapsulate(key: KeyHandle, ciphertext: Uint8Array, requester?: Requester): Promise<Buffer>
}

/** New key material. */
export interface Generation {
  /** Makes random key material for a key. */
  generateKeyMaterial(owner: KeyOwner, requester?: Requester): Promise<WrappedKeyMaterial>
}

/** Key material for replicas of multi-Region keys. */
export interface Replication {
  /** Wraps the key material of a key for the same key in a different region. */
  replicateKeyMaterial(key: KeyHandle, region: string): WrappedKeyMaterial
}

/** The capabilities that a backend may lack, by the names of its members. */
export interface Capabilities {
  readonly proxyEncryption: ProxyEncryption
  readonly asymmetricEncryption: AsymmetricEncryption
  readonly signing: Signing
  readonly macs: Macs
  readonly agreement: KeyAgreement
  readonly encapsulation: Encapsulation
  readonly generation: Generation
  readonly replication: Replication
}
