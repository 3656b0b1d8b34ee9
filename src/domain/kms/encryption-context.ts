/** The names and values of an encryption context. */
export type EncryptionContext = ReadonlyMap<string, string>

/** The empty encryption context, which means the same as a missing one. */
export const noContext: EncryptionContext = new Map()

/**
 * Encodes an encryption context as its only byte string: the count of pairs, then each key and each value after its length,
 * with the pairs sorted by the UTF-8 bytes of their keys. All numbers are unsigned 32-bit big-endian. Two contexts have the
 * same bytes exactly when they are the same map. The empty context and a missing one are the same.
 */
export function encodeEncryptionContext(context: EncryptionContext): Buffer {
  if (context.size === 0) return emptyContextBytes
  const pairs = Array.from(context, ([key, value]) => [Buffer.from(key), Buffer.from(value)] as const)
  if (pairs.length > 1) pairs.sort(([a], [b]) => Buffer.compare(a, b))
  let sizeBytes = 4
  for (const [key, value] of pairs) sizeBytes += 8 + key.length + value.length
  const encoded = Buffer.allocUnsafe(sizeBytes)
  let offset = encoded.writeUInt32BE(pairs.length, 0)
  for (const [key, value] of pairs) offset = writeBytes(encoded, value, writeBytes(encoded, key, offset))
  return encoded
}

/** Writes the length of the bytes and the bytes; returns the offset after them. */
function writeBytes(encoded: Buffer, bytes: Buffer, offset: number): number {
  encoded.writeUInt32BE(bytes.length, offset)
  encoded.set(bytes, offset + 4)
  return offset + 4 + bytes.length
}

const emptyContextBytes = Buffer.alloc(4)
