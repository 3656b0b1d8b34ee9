import { Buffer } from 'node:buffer'
import { randomBytes as nodeRandomBytes, randomFillSync } from 'node:crypto'
import { newSecret } from './bytes.ts'

/** The only source of randomness: OpenSSL's CSPRNG. */

// A native call and memory of its own for each random value cost more than the bytes, and each request needs several small
// values. They are therefore views of a pool, and the next pool comes when it is used up. Each byte is handed out once.
const poolSizeBytes = 8192
const pooledMax = 256
let pool = newSecret(0)
let poolUsed = 0

/** `length` fresh random bytes. */
export function randomBytes(length: number): Buffer {
  return length > pooledMax ? nodeRandomBytes(length) : cutFromPool(length)
}

/** `length` fresh random bytes for a secret, as `newSecret` makes them. The caller wipes them after use. */
export function randomSecret(length: number): Buffer {
  return length > pooledMax ? randomFillSync(newSecret(length)) : cutFromPool(length)
}

function cutFromPool(length: number): Buffer {
  // Any other length would hand out bytes again, or none from then on.
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`there are no ${length} random bytes`)
  if (poolUsed + length > pool.length) {
    pool = randomFillSync(newSecret(poolSizeBytes))
    poolUsed = 0
  }
  poolUsed += length
  return pool.subarray(poolUsed - length, poolUsed)
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
