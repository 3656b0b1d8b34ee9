export type EncryptionContext = ReadonlyMap<string, string>

export const noContext: EncryptionContext = new Map()

/**
 * The one byte string that stands for an encryption context: pairs sorted by the UTF-8 bytes of their keys; the count
 * of pairs, then each key and value behind its length, all numbers unsigned 32-bit big-endian. Two contexts have the
 * same bytes exactly when they are the same map; the empty context is the same as none.
 */
export function encodeEncryptionContext(context: EncryptionContext): Buffer {
  if (context.size === 0) return emptyContextBytes
  const pairs = [...context]
  if (pairs.length > 1) pairs.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  let sizeBytes = 4
  for (const [key, value] of pairs) sizeBytes += 8 + Buffer.byteLength(key) + Buffer.byteLength(value)
  const encoded = Buffer.allocUnsafe(sizeBytes)
  let offset = encoded.writeUInt32BE(pairs.length, 0)
  for (const [key, value] of pairs) offset = writeText(encoded, value, writeText(encoded, key, offset))
  return encoded
}

/** Writes a text behind its length; returns where it ends. */
function writeText(bytes: Buffer, text: string, offset: number): number {
  const length = bytes.write(text, offset + 4)
  bytes.writeUInt32BE(length, offset)
  return offset + 4 + length
}

const emptyContextBytes = Buffer.alloc(4)
