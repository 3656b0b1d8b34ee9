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
  const encoded = Buffer.allocUnsafe(
    4 + pairs.reduce((size, [key, value]) => size + 8 + key.length + value.length, 0),
  )
  let offset = encoded.writeUInt32BE(pairs.length, 0)
  for (const pair of pairs) {
    for (const part of pair) {
      offset = encoded.writeUInt32BE(part.length, offset)
      offset += part.copy(encoded, offset)
    }
  }
  return encoded
}

const emptyContextBytes = Buffer.alloc(4)
