import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { isHex } from './bytes.ts'

/** SHA-256 (FIPS 180-4) in lower-case hex, the form SigV4 uses. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** SHA-256 (FIPS 180-4), 32 bytes. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer')
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: string | Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** A key that checks many HMAC-SHA-256 values (RFC 2104). OpenSSL holds it in its own memory. */
export class HmacSha256Key {
  readonly #key: KeyObject

  /** Copies `key`, then wipes the original. */
  constructor(key: Buffer) {
    this.#key = createSecretKey(key)
    key.fill(0)
  }

  /** Whether `mac`, in lower-case hex, is the MAC of the data. The time does not depend on where the two differ. */
  verifies(data: string, mac: string): boolean {
    // Conversion to Latin-1 would cut other characters to bytes that look right.
    if (!isHex(mac, 64)) return false
    // Node computes a MAC faster as hex text than as a buffer.
    const expected = createHmac('sha256', this.#key).update(data).digest('hex')
    return timingSafeEqual(Buffer.from(mac, 'latin1'), Buffer.from(expected, 'latin1'))
  }
}

/** Whether two byte strings are equal, in time that depends on their lengths only. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
