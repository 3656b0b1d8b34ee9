import { Buffer } from 'node:buffer'
import { createHash, createHmac, type Hash, hash, timingSafeEqual } from 'node:crypto'
import { newSecret } from './bytes.ts'

/** SHA-256 (FIPS 180-4) in lower-case hex, the form SigV4 uses. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** SHA-256 (FIPS 180-4), 32 bytes. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer')
}

/** MD5 (RFC 1321) in lower-case hex, where a format of AWS asks for it: CloudTrail names its public keys by it. */
export function md5Hex(data: string | Uint8Array): string {
  return hash('md5', data, 'hex')
}

/** SHA-256 (FIPS 180-4) of data that comes in parts. */
export function sha256Stream(): Pick<Hash, 'digest'> & { update(data: Uint8Array): unknown } {
  return createHash('sha256')
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: string | Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

const blockSizeBytes = 64
const digestSizeBytes = 32
/** The strings that Signature Version 4 signs have a date, a Region, a service and a digest. */
const roomSizeBytes = 256

/**
 * A key that makes and checks many HMAC-SHA-256 values (RFC 2104). It is two buffers outside of V8's heap: the key ⊕ ipad with
 * room for a text, and the key ⊕ opad with room for a digest. Two digests of them cost half of what an HMAC object of
 * Node costs.
 */
export class HmacSha256Key {
  #inner = newSecret(blockSizeBytes + roomSizeBytes)
  readonly #outer = newSecret(blockSizeBytes + digestSizeBytes)
  #isWiped = false

  /** Copies `key`, which has at most 64 bytes, then wipes the original. */
  constructor(key: Buffer) {
    if (key.length > blockSizeBytes) throw new Error('the key is longer than a block')
    for (let i = 0; i < blockSizeBytes; i++) {
      const byte = key[i] ?? 0
      this.#inner[i] = byte ^ 0x36
      this.#outer[i] = byte ^ 0x5c
    }
    key.fill(0)
  }

  /** Returns the MAC of the data in lower-case hex. Throws Error if the key is erased. */
  mac(data: string): string {
    if (this.#isWiped) throw new Error('the key is erased')
    return this.#compute(data)
  }

  /** Whether `mac`, in lower-case hex, is the MAC of the data. The time does not depend on where the two differ. */
  verifies(data: string, mac: string): boolean {
    // The MAC under a key of zeros is one that anybody can compute.
    if (this.#isWiped || mac.length !== 2 * digestSizeBytes) return false
    // UTF-8 gives only the characters of hex digits the bytes of hex digits. A shorter text would leave older bytes.
    if (givenMac.write(mac) !== givenMac.length) return false
    wantedMac.write(this.#compute(data), 'latin1')
    return timingSafeEqual(givenMac, wantedMac)
  }

  /** Erases the key. It verifies nothing from then on. */
  wipe(): void {
    this.#isWiped = true
    this.#inner.fill(0)
    this.#outer.fill(0)
  }

  #compute(data: string): string {
    const sizeBytes = blockSizeBytes + Buffer.byteLength(data)
    if (sizeBytes > this.#inner.length) this.#enlarge(sizeBytes)
    this.#inner.write(data, blockSizeBytes)
    // Node returns a digest faster as text than as a buffer, and Latin-1 keeps each byte.
    this.#outer.write(hash('sha256', this.#inner.subarray(0, sizeBytes), 'latin1'), blockSizeBytes, 'latin1')
    return hash('sha256', this.#outer, 'hex')
  }

  #enlarge(sizeBytes: number): void {
    const larger = newSecret(sizeBytes)
    this.#inner.copy(larger)
    this.#inner.fill(0)
    this.#inner = larger
  }
}

const givenMac = Buffer.alloc(2 * digestSizeBytes)
const wantedMac = Buffer.alloc(2 * digestSizeBytes)

/** Whether two byte strings are equal, in time that depends on their lengths only. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
