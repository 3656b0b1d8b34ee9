import { createHmac } from 'node:crypto'
import type { MacAlgorithm } from '../../domain/index.ts'
import type { Macs } from '../backends/capabilities.ts'
import type { OpenKeys } from './open-keys.ts'

const hashes = {
  HMAC_SHA_224: 'sha224',
  HMAC_SHA_256: 'sha256',
  HMAC_SHA_384: 'sha384',
  HMAC_SHA_512: 'sha512',
} as const satisfies Record<MacAlgorithm, string>

/** HMAC (RFC 2104), not truncated, with HMAC keys. */
export function macs(keys: OpenKeys): Macs {
  return {
    generateMac: (key, algorithm, message) =>
      createHmac(hashes[algorithm], keys.macKeyOf(key)).update(message).digest(),
  }
}
