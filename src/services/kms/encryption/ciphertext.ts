import {
  checkAlgorithm,
  ciphertextHeaderSizeBytes,
  type EncryptionAlgorithm,
  type EncryptionContext,
  encodeCiphertextHeader,
  encodeEncryptionContext,
  factsOf,
  incorrectKey,
  invalidCiphertext,
  isSymmetric,
  noContext,
  parseCiphertextHeader,
  validation,
} from '../../../domain/index.ts'
import { type Hsm, type KeyHandle, SealBroken } from '../../../hsm/index.ts'
import { currentOf, type ResolvedKey } from '../../../keys/index.ts'

/**
 * Encrypts with a key of either kind. Throws InvalidKeyUsageException for an algorithm that is not the key's, and
 * ValidationException for what the algorithm cannot encrypt.
 *
 * A plaintext has at least a byte (PlaintextType in the KMS API): Encrypt is given none that has not, but ReEncrypt may find
 * one in a ciphertext that was made outside with the public key of an RSA key, for OAEP (RFC 8017, 7.1.1) encrypts it too.
 * Decrypt answers it as it is.
 */
export function encryptWith(
  hsm: Hsm,
  key: ResolvedKey,
  algorithm: EncryptionAlgorithm,
  plaintext: Uint8Array,
  context: EncryptionContext = noContext,
): Buffer | Promise<Buffer> {
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

export interface Decrypted {
  readonly plaintext: Buffer
  /** Undefined for asymmetric keys, which have one and name none. */
  readonly keyMaterialId: string | undefined
}

/** Undoes `encryptWith`. Throws InvalidCiphertextException, IncorrectKeyException and what `encryptWith` does. */
export function decryptWith(
  hsm: Hsm,
  key: ResolvedKey,
  algorithm: EncryptionAlgorithm,
  ciphertextBlob: Uint8Array,
  context: EncryptionContext = noContext,
): Decrypted | Promise<Decrypted> {
  checkDecryption(key, algorithm, ciphertextBlob, context)
  if (isSymmetric(key.key)) return decryptSymmetric(hsm, key, ciphertextBlob, context)
  return hsm.decryptAsymmetric(currentOf(key), algorithm, ciphertextBlob).then(
    plaintext => ({ plaintext, keyMaterialId: undefined }),
    (error: unknown) => {
      throw error instanceof SealBroken ? invalidCiphertext(error.message) : error
    },
  )
}

/**
 * What can be told of an encryption or a decryption without its bytes. An encryption context authenticates nothing in
 * asymmetric encryption, so AWS does not take one. Throws InvalidKeyUsageException and ValidationException.
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
 * As `checkEncryption`, for a ciphertext. The default algorithm takes its key from the ciphertext: AWS does not ask what
 * another key could do with it, and has no such ciphertext of an asymmetric key (recorded from AWS).
 */
export function checkDecryption(
  key: ResolvedKey,
  algorithm: EncryptionAlgorithm,
  ciphertextBlob: Uint8Array,
  context?: EncryptionContext,
): void {
  if (algorithm === 'SYMMETRIC_DEFAULT' && !isSymmetric(key.key)) {
    throw parseCiphertextHeader(ciphertextBlob) === undefined
      ? invalidCiphertext('the ciphertext has no header of ours')
      : incorrectKey()
  }
  checkEncryption(key, algorithm, context)
}

/** Encrypts under the key's current key material: header and sealed bytes, the header and the context authenticated. */
function encryptSymmetric(
  hsm: Hsm,
  key: ResolvedKey,
  plaintext: Uint8Array,
  context: EncryptionContext = noContext,
): Buffer {
  const current = currentOf(key)
  const header = headerOf(current)
  return Buffer.concat([header, hsm.encrypt(current, plaintext, associatedData(header, context))])
}

/** Encrypts a secret that was made for it, and wipes it where that fails: then nobody gets it. */
export function encryptNewSecret(
  hsm: Hsm,
  key: ResolvedKey,
  secret: Buffer,
  context?: EncryptionContext,
): Buffer {
  try {
    return encryptSymmetric(hsm, key, secret, context)
  } catch (error) {
    secret.fill(0)
    throw error
  }
}

/**
 * Decrypts what `encryptSymmetric` made, and says under which key material it was. Throws InvalidCiphertextException,
 * and IncorrectKeyException for a ciphertext of another key.
 */
function decryptSymmetric(
  hsm: Hsm,
  { key, materials }: ResolvedKey,
  ciphertextBlob: Uint8Array,
  context: EncryptionContext = noContext,
): Decrypted {
  const header = parseCiphertextHeader(ciphertextBlob)
  if (header === undefined) throw invalidCiphertext('the ciphertext has no header of ours')
  if (header.keyId !== key.keyId || header.accountId !== key.accountId) throw incorrectKey()
  const material = materials.get(header.keyMaterialId)
  if (material === undefined)
    throw invalidCiphertext(`key material ${header.keyMaterialId} is not one of the key's`)
  const data = associatedData(ciphertextBlob.subarray(0, ciphertextHeaderSizeBytes), context)
  try {
    const plaintext = hsm.decrypt(material, ciphertextBlob.subarray(ciphertextHeaderSizeBytes), data)
    return { plaintext, keyMaterialId: header.keyMaterialId }
  } catch (error) {
    if (error instanceof SealBroken) throw invalidCiphertext(error.message)
    throw error
  }
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

/** The header has one length, so that no other header and context share these bytes. */
function associatedData(header: Uint8Array, context: EncryptionContext): Uint8Array {
  return Buffer.concat([header, encodeEncryptionContext(context)])
}
