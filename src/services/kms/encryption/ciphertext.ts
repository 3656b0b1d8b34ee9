import { Buffer } from 'node:buffer'
import {
  type CiphertextHeader,
  checkAlgorithm,
  ciphertextHeaderSizeBytes,
  type EncryptionAlgorithm,
  type EncryptionContext,
  encodeCiphertextHeader,
  encodeEncryptionContext,
  factsOf,
  hasSealedSize,
  incorrectKey,
  invalidCiphertext,
  isSymmetric,
  type KmsKey,
  namesMaterial,
  noContext,
  parseCiphertextHeader,
  validation,
} from '../../../domain/index.ts'
import { type Hsm, type KeyHandle, SealBroken } from '../../../hsm/index.ts'
import { currentOf, type ResolvedKey } from '../../../keys/index.ts'
import { andThen, type Eventual, rescued } from '../../../std/index.ts'

/**
 * Encrypts with a symmetric or an asymmetric key. Throws InvalidKeyUsageException for an algorithm that the key does
 * not have, and ValidationException for a plaintext that the algorithm cannot encrypt.
 *
 * A plaintext has at least one byte (PlaintextType in the KMS API). The input shape of Encrypt ensures this, but
 * ReEncrypt may find an empty plaintext in a ciphertext that was made outside with an RSA public key: OAEP (RFC 8017,
 * 7.1.1) encrypts the empty message too. Decrypt returns it as it is.
 */
export function encryptWith(
  hsm: Hsm,
  key: ResolvedKey,
  algorithm: EncryptionAlgorithm,
  plaintext: Uint8Array,
  context: EncryptionContext = noContext,
): Eventual<Buffer> {
  checkEncryption(key, algorithm, context)
  if (plaintext.length === 0) throw validation('An empty plaintext cannot be encrypted.')
  if (isSymmetric(key.key)) return encryptSymmetric(hsm, key, plaintext, context)
  const { keySpec } = key.key
  const plaintextMaxBytes = factsOf(keySpec).plaintextMaxBytes?.[algorithm] ?? 0
  if (plaintext.length > plaintextMaxBytes) {
    throw validation(
      `Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt data larger than ${plaintextMaxBytes} bytes.`,
    )
  }
  return hsm.encryptAsymmetric(currentOf(key), algorithm, plaintext)
}

/** A plaintext, and the key material that its ciphertext was made with. */
export interface Decrypted {
  readonly plaintext: Buffer
  /** Undefined for asymmetric keys and keys in custom key stores: they have one key material only, and AWS does not name it. */
  readonly keyMaterialId: string | undefined
}

/**
 * Undoes `encryptWith`. Throws InvalidCiphertextException, IncorrectKeyException and the errors of `checkEncryption`.
 */
export function decryptWith(
  hsm: Hsm,
  key: ResolvedKey,
  algorithm: EncryptionAlgorithm,
  ciphertextBlob: Uint8Array,
  context: EncryptionContext = noContext,
): Eventual<Decrypted> {
  checkEncryption(key, algorithm, context)
  if (isSymmetric(key.key)) return decryptSymmetric(hsm, key, ciphertextBlob, context)
  return hsm
    .decryptAsymmetric(currentOf(key), algorithm, ciphertextBlob)
    .then(plaintext => ({ plaintext, keyMaterialId: undefined }), refuseBroken)
}

/**
 * Checks an encryption or a decryption as well as possible without its bytes. Asymmetric encryption cannot authenticate
 * an encryption context, so AWS refuses one. Throws InvalidKeyUsageException and ValidationException.
 */
export function checkEncryption(
  { key }: ResolvedKey,
  algorithm: EncryptionAlgorithm,
  context: EncryptionContext = noContext,
): void {
  checkAlgorithm(key, algorithm)
  if (!isSymmetric(key) && context.size > 0)
    // Text recorded from AWS.
    throw validation('EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.')
}

/**
 * Compares the key that a request names with the key that its ciphertext names. With SYMMETRIC_DEFAULT the ciphertext decides: a
 * named key of a different kind, usage or state gets an error about the ciphertext, not one about itself (recorded from AWS).
 * Throws InvalidCiphertextException and IncorrectKeyException.
 */
export function checkIsOwn(key: KmsKey, algorithm: EncryptionAlgorithm, ciphertextBlob: Uint8Array): void {
  if (algorithm === 'SYMMETRIC_DEFAULT') readOwnHeader(key, ciphertextBlob)
}

function readOwnHeader(key: KmsKey, ciphertextBlob: Uint8Array): CiphertextHeader {
  const header = parseCiphertextHeader(ciphertextBlob)
  if (header === undefined) throw invalidCiphertext('the ciphertext has no header of ours')
  if (header.keyId !== key.keyId || header.accountId !== key.accountId) throw incorrectKey()
  return header
}

/**
 * Encrypts under the key's current key material: a header and sealed bytes. The header and the context are
 * authenticated.
 */
function encryptSymmetric(
  hsm: Hsm,
  key: ResolvedKey,
  plaintext: Uint8Array,
  context: EncryptionContext = noContext,
): Eventual<Buffer> {
  const current = currentOf(key)
  const header = headerOf(current)
  const sealed = hsm.encrypt(current, plaintext, associatedData(header, context))
  return andThen(sealed, bytes => Buffer.concat([header, bytes]))
}

/** Encrypts a secret that was just generated, and wipes it if the encryption fails, because then nobody gets it. */
export function encryptNewSecret(
  hsm: Hsm,
  key: ResolvedKey,
  secret: Buffer,
  context?: EncryptionContext,
): Eventual<Buffer> {
  return rescued(
    () => encryptSymmetric(hsm, key, secret, context),
    error => {
      secret.fill(0)
      throw error
    },
  )
}

/**
 * Decrypts a ciphertext of `encryptSymmetric`, and returns the key material that it was made with. Throws
 * InvalidCiphertextException, and IncorrectKeyException for a ciphertext of a different key.
 */
function decryptSymmetric(
  hsm: Hsm,
  { key, materials }: ResolvedKey,
  ciphertextBlob: Uint8Array,
  context: EncryptionContext = noContext,
): Eventual<Decrypted> {
  const header = readOwnHeader(key, ciphertextBlob)
  const material = materials.get(header.keyMaterialId)
  if (material === undefined)
    throw invalidCiphertext(`key material ${header.keyMaterialId} is not one of the key's`)
  // The importer of the key material can seal a plaintext of any size. A ciphertext of an HSM or of a key outside is checked where it is decoded.
  const isHere = key.externalKey === undefined && key.clusterKey === undefined
  if (isHere && !hasSealedSize(ciphertextBlob))
    throw invalidCiphertext('the plaintext has a size that Encrypt refuses')
  const data = associatedData(ciphertextBlob.subarray(0, ciphertextHeaderSizeBytes), context)
  const keyMaterialId = namesMaterial(key) ? header.keyMaterialId : undefined
  const sealed = ciphertextBlob.subarray(ciphertextHeaderSizeBytes)
  const plaintext = rescued(() => hsm.decrypt(material, sealed, data), refuseBroken)
  return andThen(plaintext, bytes => ({ plaintext: bytes, keyMaterialId }))
}

function refuseBroken(error: unknown): never {
  throw error instanceof SealBroken ? invalidCiphertext(error.message) : error
}

const headers = new WeakMap<KeyHandle, Buffer>()

/** The header is the same for all messages under one key material. */
function headerOf(handle: KeyHandle): Buffer {
  const known = headers.get(handle)
  if (known !== undefined) return known
  const header = encodeCiphertextHeader(handle.binding)
  headers.set(handle, header)
  return header
}

/** All headers have the same length, so no two pairs of header and context give the same bytes. */
function associatedData(header: Uint8Array, context: EncryptionContext): Uint8Array {
  return encodeEncryptionContext(context, header)
}
