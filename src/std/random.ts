import { randomBytes as nodeRandomBytes, randomFillSync, randomUUID } from 'node:crypto'
import { newSecret } from './bytes.ts'

/** The only source of randomness: OpenSSL's CSPRNG. */

// A native call for each random value costs more than the bytes themselves, and each request needs several small values.
// They are therefore cut from a pool. Each byte is handed out once, and then wiped from the pool.
const pool = Buffer.alloc(8192)
let poolUsed = pool.length
const pooledMax = 256

/** `length` fresh random bytes. */
export function randomBytes(length: number): Buffer {
  return length > pooledMax ? nodeRandomBytes(length) : cutFromPool(Buffer.allocUnsafeSlow(length))
}

/** `length` fresh random bytes for a secret, as `newSecret` makes them. */
export function randomSecret(length: number): Buffer {
  const secret = newSecret(length)
  return length > pooledMax ? randomFillSync(secret) : cutFromPool(secret)
}

function cutFromPool(bytes: Buffer): Buffer {
  const { length } = bytes
  if (poolUsed + length > pool.length) {
    randomFillSync(pool)
    poolUsed = 0
  }
  pool.copy(bytes, 0, poolUsed, poolUsed + length)
  pool.fill(0, poolUsed, poolUsed + length)
  poolUsed += length
  return bytes
}

/** A random UUID, version 4 (RFC 9562), lower case. */
export function uuid(): string {
  return randomUUID()
}
