/**
 * Encodes an entity as bytes, the same for equal entities and different for different ones: each value is its type, its
 * length and its bytes; the members of an object go by name, and a member that is undefined is absent. So a column that
 * is added later and is empty leaves all MACs valid. Takes strings, finite numbers, booleans, bytes, lists, maps and
 * plain objects; throws TypeError for anything else.
 */
export function canonicalBytes(value: unknown): Buffer {
  return Buffer.concat(partsOf(value))
}

function partsOf(value: unknown): Uint8Array[] {
  if (typeof value === 'string') return bytesParts('s', Buffer.from(value))
  if (typeof value === 'number' && Number.isFinite(value)) return bytesParts('n', Buffer.from(`${value}`))
  if (typeof value === 'boolean') return bytesParts('b', Buffer.from(value ? '1' : '0'))
  if (value instanceof Uint8Array) return bytesParts('x', value)
  if (Array.isArray(value)) return listParts('l', value)
  if (value instanceof Map) return listParts('m', [...value].flat())
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`a ${typeof value} has no canonical bytes`)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return listParts('o', members.sort(([a], [b]) => (a < b ? -1 : 1)).flat())
}

const bytesParts = (type: string, bytes: Uint8Array) => [headerOf(type, bytes.length), bytes]

const listParts = (type: string, items: readonly unknown[]) => [
  headerOf(type, items.length),
  ...items.flatMap(partsOf),
]

function headerOf(type: string, length: number): Buffer {
  const header = Buffer.allocUnsafe(5)
  header.write(type, 'latin1')
  header.writeUInt32BE(length, 1)
  return header
}
