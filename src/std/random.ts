import { randomBytes as nodeRandomBytes, randomFillSync } from 'node:crypto'
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
  // Two native calls would cost more than a loop over so few bytes.
  for (let i = 0; i < length; i++) {
    bytes[i] = pool[poolUsed] as number
    pool[poolUsed++] = 0
  }
  return bytes
}

const [uuidsAtOnce, uuidBytes, uuidLength] = [64, 16, 36]
const uuidRandom = Buffer.alloc(uuidsAtOnce * uuidBytes)
const uuidText = Buffer.alloc(uuidsAtOnce * uuidLength)
/** UUIDs that nobody has yet, one after the other. */
let uuids = ''
let uuidsUsed = 0

/** A random UUID, version 4 (RFC 9562), lower case. */
export function uuid(): string {
  if (uuidsUsed === uuids.length) {
    uuids = renderUuids()
    uuidsUsed = 0
  }
  const start = uuidsUsed
  uuidsUsed += uuidLength
  return uuids.slice(start, uuidsUsed)
}

const hexDigits = Buffer.from('0123456789abcdef')
const hyphen = 0x2d

function renderUuids(): string {
  randomFillSync(uuidRandom)
  let at = 0
  for (let i = 0; i < uuidRandom.length; i++) {
    const place = i % uuidBytes
    let byte = uuidRandom[i] as number
    // RFC 9562, section 5.4: four bits for the version, and two for the variant.
    if (place === 6) byte = (byte & 0x0f) | 0x40
    if (place === 8) byte = (byte & 0x3f) | 0x80
    if (place === 4 || place === 6 || place === 8 || place === 10) uuidText[at++] = hyphen
    uuidText[at++] = hexDigits[byte >> 4] as number
    uuidText[at++] = hexDigits[byte & 0x0f] as number
  }
  return uuidText.toString('latin1')
}
