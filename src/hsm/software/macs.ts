import { createHmac, type KeyObject } from 'node:crypto'
import type { MacAlgorithm } from '../../domain/index.ts'

const hashes = {
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
} as const satisfies Record<MacAlgorithm, string>

/** HMAC (RFC 2104), not truncated. */
export function macOf(key: KeyObject, algorithm: MacAlgorithm, message: Uint8Array): Buffer {
  return createHmac(hashes[algorithm], key).update(message).digest()
}
