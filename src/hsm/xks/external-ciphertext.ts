import { Buffer } from 'node:buffer'
import { type XksCiphertext, xksLimits, xksVectorSizesBytes } from '../../domain/index.ts'
import { nonceSizeBytes } from '../cipher/xaes-256-gcm.ts'
import { SealBroken } from '../problems.ts'

const version = 1
const headSizeBytes = 3
const { tagSizeBytes, metadataSizeBytes: metadataSizeBytesMax } = xksLimits

/** A ciphertext of a key outside with the part of the inner ciphertext that stays here. */
export interface StoredExternal extends XksCiphertext {
  /** The nonce of the inner ciphertext, which the key manager gets as associated data alone. */
  readonly innerNonce: Uint8Array
}

/** The sizes of the ciphertext outside: 16 bytes of inner tag, and a plaintext of 1 to 4,096 (PlaintextType in the KMS API). */
const ciphertextSizeBytes = { min: 17, max: 4112 } as const

/**
 * Encodes a ciphertext of a key outside: version 1, the sizes of initialization vector and metadata, the inner nonce, these two, the tag and
 * the ciphertext (docs/ciphertext.md). The caller has checked the sizes.
 */
export function encodeExternal({
  innerNonce,
  ciphertext,
  initializationVector,
  authenticationTag,
  metadata,
}: StoredExternal): Buffer {
  const head = Buffer.of(version, initializationVector.length, metadata.length)
  return Buffer.concat([head, innerNonce, initializationVector, metadata, authenticationTag, ciphertext])
}

/** Undoes `encodeExternal`. Throws SealBroken. */
export function decodeExternal(bytes: Uint8Array): StoredExternal {
  const [found, ivSizeBytes = 0, metadataSizeBytes = 0] = bytes
  const hasSizes = xksVectorSizesBytes.includes(ivSizeBytes) && metadataSizeBytes <= metadataSizeBytesMax
  const start = headSizeBytes + nonceSizeBytes + ivSizeBytes + metadataSizeBytes + tagSizeBytes
  const sizeBytes = bytes.length - start
  const isPossible = sizeBytes >= ciphertextSizeBytes.min && sizeBytes <= ciphertextSizeBytes.max
  if (found !== version || !hasSizes || !isPossible) throw new SealBroken('no ciphertext of a key outside')
  let from = headSizeBytes
  const take = (sizeBytes: number) => {
    const part = bytes.subarray(from, from + sizeBytes)
    from += sizeBytes
    return part
  }
  return {
    innerNonce: take(nonceSizeBytes),
    initializationVector: take(ivSizeBytes),
    metadata: take(metadataSizeBytes),
    authenticationTag: take(tagSizeBytes),
    ciphertext: bytes.subarray(start),
  }
}
