import { Buffer } from 'node:buffer'
import { isKeyId } from './key-identifier.ts'

/**
 * The CiphertextBlob of symmetric encryption, version 1: bytes only, no cryptography. docs/ciphertext.md is its
 * specification.
 *
 *     offset size
 *        0    1   version, 0x01
 *        1    1   form of the key id: 0x00 a UUID, 0x01 `mrk-` and 32 hex digits
 *        2    5   account id, unsigned big-endian
 *        7   16   key id, its 32 hex digits
 *       23   32   key material id
 *       55    …   sealed part, made by the hsm room (nonce, ciphertext, tag)
 */
export interface CiphertextHeader {
  readonly accountId: string
  readonly keyId: string
  /** 64 lower-case hex digits. */
  readonly keyMaterialId: string
}

/** The size of the header; the sealed part begins there. */
export const ciphertextHeaderSizeBytes = 55
/** The sizes of the sealed part: 24 bytes of nonce, 16 of tag, and a plaintext of 1 to 4,096 (PlaintextType in the KMS API). */
const sealedSizeBytes = { min: 41, max: 4136 } as const
const version = 1
const accountIdMax = 999_999_999_999

/** Encodes the header of a CiphertextBlob. */
export function encodeCiphertextHeader(header: CiphertextHeader): Buffer {
  const bytes = Buffer.allocUnsafe(ciphertextHeaderSizeBytes)
  const isMultiRegion = header.keyId.startsWith('mrk-')
  bytes[0] = version
  bytes[1] = isMultiRegion ? 1 : 0
  bytes.writeUIntBE(Number(header.accountId), 2, 5)
  bytes.write(isMultiRegion ? header.keyId.slice(4) : header.keyId.replaceAll('-', ''), 7, 16, 'hex')
  bytes.write(header.keyMaterialId, 23, 32, 'hex')
  return bytes
}

/**
 * Reads the header of a CiphertextBlob; undefined for bytes that no version of this server made. The sealed part is
 * `blob.subarray(ciphertextHeaderSizeBytes)`.
 */
export function parseCiphertextHeader(blob: Uint8Array): CiphertextHeader | undefined {
  if (blob.length <= ciphertextHeaderSizeBytes) return undefined
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length)
  const form = bytes[1]
  if (bytes[0] !== version || (form !== 0 && form !== 1)) return undefined
  const account = bytes.readUIntBE(2, 5)
  if (account > accountIdMax) return undefined
  const keyId = renderKeyId(bytes.toString('hex', 7, 23), form === 1)
  if (!isKeyId(keyId)) return undefined
  return {
    accountId: String(account).padStart(12, '0'),
    keyId,
    keyMaterialId: bytes.toString('hex', 23, 55),
  }
}

/** Whether the sealed part of a CiphertextBlob has a size that Keyward makes with a key that is not in an external key store. */
export function hasSealedSize(blob: Uint8Array): boolean {
  const sizeBytes = blob.length - ciphertextHeaderSizeBytes
  return sizeBytes >= sealedSizeBytes.min && sizeBytes <= sealedSizeBytes.max
}

function renderKeyId(hex: string, isMultiRegion: boolean): string {
  if (isMultiRegion) return `mrk-${hex}`
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
