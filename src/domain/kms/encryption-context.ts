export type EncryptionContext = ReadonlyMap<string, string>

export const noContext: EncryptionContext = new Map()

/**
 * The one byte string that stands for an encryption context: pairs sorted by the UTF-8 bytes of their keys; the count
 * of pairs, then each key and value behind its length, all numbers unsigned 32-bit big-endian. Two contexts have the
 * same bytes exactly when they are the same map; the empty context is the same as none.
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

/** Writes bytes behind their length; returns where they end. */
function writeBytes(encoded: Buffer, bytes: Buffer, offset: number): number {
  encoded.writeUInt32BE(bytes.length, offset)
  encoded.set(bytes, offset + 4)
  return offset + 4 + bytes.length
}

const emptyContextBytes = Buffer.alloc(4)
