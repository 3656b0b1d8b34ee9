import { constants, createHash, hash as digestOf, type KeyObject, publicDecrypt } from 'node:crypto'
import { equalConstantTime, randomBytes } from '../../std/index.ts'

/**
 * An encoding of RSA signatures (RFC 8017, 9) for given digests: OpenSSL under Node signs only messages that it hashes
 * itself. The raw RSA of the encoded message is OpenSSL's.
 */
export interface DigestEncoding {
  /** The encoded message, as long as the modulus. */
  encode(digest: Uint8Array, modulusSizeBytes: number): Buffer
  /** Whether an encoded message belongs to the digest. */
  isOf(digest: Uint8Array, encoded: Buffer): boolean
}

export type RsaHash = 'sha256' | 'sha384' | 'sha512'

export const rsaHashSizeBytes = { sha256: 32, sha384: 48, sha512: 64 } as const satisfies Record<
  RsaHash,
  number
>

/** DigestInfo up to the digest (RFC 8017, 9.2, note 1). */
const digestInfoPrefixes = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
} as const satisfies Record<RsaHash, string>

/** EMSA-PKCS1-v1_5 (9.2). A digest has one encoding, so `isOf` encodes the digest again and compares. */
export function pkcs1Encoding(hash: RsaHash): DigestEncoding {
  const prefix = Buffer.from(digestInfoPrefixes[hash], 'hex')
  const encode = (digest: Uint8Array, sizeBytes: number) => {
    const paddingSizeBytes = sizeBytes - 3 - prefix.length - digest.length
    return Buffer.concat([
      Buffer.of(0, 1),
      Buffer.alloc(paddingSizeBytes, 0xff),
      Buffer.of(0),
      prefix,
      digest,
    ])
  }
  return { encode, isOf: (digest, encoded) => equalConstantTime(encode(digest, encoded.length), encoded) }
}

/** EMSA-PSS (9.1) with MGF1 of the same hash and a salt of the hash's length, for moduli of whole bytes. */
export function pssEncoding(hash: RsaHash): DigestEncoding {
  const sizeBytes = rsaHashSizeBytes[hash]
  const hashOf = (digest: Uint8Array, salt: Uint8Array) =>
    createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()
  return {
    encode(digest, modulusSizeBytes) {
      const salt = randomBytes(sizeBytes)
      const h = hashOf(digest, salt)
      const padding = Buffer.alloc(modulusSizeBytes - 2 * sizeBytes - 2)
      const block = xor(Buffer.concat([padding, Buffer.of(1), salt]), h, hash)
      block[0] = (block[0] ?? 0) & 0x7f
      return Buffer.concat([block, h, Buffer.of(0xbc)])
    },
    isOf(digest, encoded) {
      if (encoded.at(-1) !== 0xbc || (encoded[0] ?? 0x80) >= 0x80) return false
      const h = encoded.subarray(-1 - sizeBytes, -1)
      const block = xor(encoded.subarray(0, -1 - sizeBytes), h, hash)
      block[0] = (block[0] ?? 0) & 0x7f
      const saltStart = block.length - sizeBytes
      const isPadded =
        block.subarray(0, saltStart - 1).every(byte => byte === 0) && block[saltStart - 1] === 1
      return isPadded && equalConstantTime(hashOf(digest, block.subarray(saltStart)), h)
    },
  }
}

/** Returns the block, xored with MGF1 (B.2.1) of the seed. */
function xor(block: Buffer, seed: Buffer, hash: RsaHash): Buffer {
  const masked = Buffer.from(block)
  const seedAndCounter = Buffer.alloc(seed.length + 4)
  seedAndCounter.set(seed)
  for (let start = 0; start < block.length; start += rsaHashSizeBytes[hash]) {
    seedAndCounter.writeUInt32BE(start / rsaHashSizeBytes[hash], seed.length)
    const mask = digestOf(hash, seedAndCounter, 'buffer')
    for (let i = 0; i < mask.length && start + i < block.length; i++)
      masked[start + i] = (block[start + i] ?? 0) ^ (mask[i] ?? 0)
  }
  return masked
}

export function modulusSizeBytesOf(key: KeyObject): number {
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
}

/** The signed bytes (RSAVP1, 5.2.2); undefined for a signature of the wrong length, or not below the modulus. */
export function encodedMessageOf(publicKey: KeyObject, signature: Uint8Array): Buffer | undefined {
  if (signature.length !== modulusSizeBytesOf(publicKey)) return undefined
  try {
    return publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return undefined
  }
}
