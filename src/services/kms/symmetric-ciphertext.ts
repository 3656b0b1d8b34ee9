import {
  ciphertextHeaderSizeBytes,
  type EncryptionContext,
  encodeCiphertextHeader,
  encodeEncryptionContext,
  invalidCiphertext,
  noContext,
  parseCiphertextHeader,
  ServiceError,
} from '../../domain/index.ts'
import { type Hsm, type KeyHandle, SealBroken } from '../../hsm/index.ts'
import type { ResolvedKey } from '../../pipeline/index.ts'

/** Encrypts under the key's current key material: header and sealed bytes, the header and the context authenticated. */
export function encryptSymmetric(
  hsm: Hsm,
  { current }: ResolvedKey,
  plaintext: Uint8Array,
  context: EncryptionContext = noContext,
): Buffer {
  const header = headerOf(current)
  return Buffer.concat([header, hsm.encrypt(current, plaintext, associatedData(header, context))])
}

/**
 * Decrypts what `encryptSymmetric` made, and says under which key material it was. Throws InvalidCiphertextException,
 * and IncorrectKeyException for a ciphertext of another key.
 */
export function decryptSymmetric(
  hsm: Hsm,
  { key, materials }: ResolvedKey,
  ciphertextBlob: Uint8Array,
  context: EncryptionContext = noContext,
): { plaintext: Buffer; keyMaterialId: string } {
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

/** Text recorded from AWS. */
const incorrectKey = () =>
  new ServiceError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )

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
