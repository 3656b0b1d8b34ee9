import { Buffer } from 'node:buffer'
import { SealBroken } from '../problems.ts'
import type { TokenCiphertext } from './token-gateway.ts'

/** A ciphertext of an HSM, with the custom key store whose key made it. */
export interface StoreCiphertext extends TokenCiphertext {
  readonly customKeyStoreId: string
}

const idPrefix = 'cks-'
/** 17 hex digits, and one more that is 0. */
const idSizeBytes = 9
const ivMinBytes = 12
const ivMaxBytes = 16
const tagSizeBytes = 16
/** The most that Encrypt takes (AWS KMS API reference, "Encrypt"). */
const plaintextSizeMaxBytes = 4096

/**
 * Encodes a ciphertext: the id of its custom key store, 9 bytes; the size of the initialization vector, 1 byte; the initialization vector, 12
 * to 16 bytes; the ciphertext with its tag of 16 bytes.
 */
export function encodeSealed(customKeyStoreId: string, { iv, ciphertext }: TokenCiphertext): Buffer {
  return Buffer.concat([storeIdBytes(customKeyStoreId), Buffer.from([iv.length]), iv, ciphertext])
}

/** Decodes the bytes of `encodeSealed`. Throws SealBroken for any others, and for a ciphertext longer than one of Encrypt. */
export function decodeSealed(sealed: Uint8Array): StoreCiphertext {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
  const ivSize = bytes[idSizeBytes] ?? 0
  const begin = idSizeBytes + 1 + ivSize
  const size = bytes.length - begin - tagSizeBytes
  const digits = bytes.toString('hex', 0, idSizeBytes)
  const isWhole =
    ivSize >= ivMinBytes &&
    ivSize <= ivMaxBytes &&
    size >= 1 &&
    size <= plaintextSizeMaxBytes &&
    digits.endsWith('0')
  if (!isWhole) throw new SealBroken('the ciphertext has not the form of one from an HSM')
  return {
    customKeyStoreId: idPrefix + digits.slice(0, -1),
    iv: bytes.subarray(idSizeBytes + 1, begin),
    ciphertext: bytes.subarray(begin),
  }
}

/** The id of a custom key store, as ciphertexts have it. */
export function storeIdBytes(customKeyStoreId: string): Buffer {
  return Buffer.from(`${customKeyStoreId.slice(idPrefix.length)}0`, 'hex')
}
