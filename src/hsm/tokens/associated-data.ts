/**
 * Encodes a purpose and fields as associated data, each behind its length (unsigned 32-bit big-endian). So no two lists of
 * fields share bytes, and nothing sealed for one purpose opens for a different one.
 */
export function associatedData(purpose: string, fields: readonly string[]): Buffer {
  const parts = [purpose, ...fields].map(field => Buffer.from(field))
  const bytes = Buffer.allocUnsafe(parts.reduce((size, part) => size + 4 + part.length, 0))
  let offset = 0
  for (const part of parts) {
    offset = bytes.writeUInt32BE(part.length, offset)
    offset += part.copy(bytes, offset)
  }
  return bytes
}
