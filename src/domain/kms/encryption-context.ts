import { Buffer } from 'node:buffer'
/** The names and values of an encryption context. */
export type EncryptionContext = ReadonlyMap<string, string>

/** The empty encryption context, which means the same as a missing one. */
export const noContext: EncryptionContext = new Map()

/**
 * Encodes an encryption context as its only byte string: the count of pairs, then each key and each value after its length,
 * with the pairs sorted by the UTF-8 bytes of their keys. All numbers are unsigned 32-bit big-endian. Two contexts have the
 * same bytes exactly when they are the same map. The empty context and a missing one are the same. The bytes of `before`
 * come first.
 */
export function encodeEncryptionContext(context: EncryptionContext, before: Uint8Array = nothing): Buffer {
  const pairs = context.size > 1 ? sortedPairs(context) : context
  let sizeBytes = before.length + 4
  for (const [key, value] of pairs) sizeBytes += 8 + Buffer.byteLength(key) + Buffer.byteLength(value)
  const encoded = Buffer.allocUnsafe(sizeBytes)
  encoded.set(before)
  let offset = encoded.writeUInt32BE(context.size, before.length)
  for (const [key, value] of pairs) offset = writeText(encoded, value, writeText(encoded, key, offset))
  return encoded
}

const nothing = new Uint8Array(0)

/** JavaScript compares texts by their UTF-16, which has a different order. */
function sortedPairs(context: EncryptionContext): (readonly [string, string])[] {
  return Array.from(context, pair => [Buffer.from(pair[0]), pair] as const)
    .sort(([a], [b]) => Buffer.compare(a, b))
    .map(([, pair]) => pair)
}

/** Writes the length of the text's bytes and the bytes; returns the offset after them. */
function writeText(encoded: Buffer, text: string, offset: number): number {
  const sizeBytes = encoded.write(text, offset + 4)
  encoded.writeUInt32BE(sizeBytes, offset)
  return offset + 4 + sizeBytes
}
