import { encodeBase64 } from '../../../std/index.ts'

/**
 * Encodes an entity as bytes, the same for equal entities and different for different ones: each value is its type, its
 * length and its text; the members of an object go by name, and a member that is undefined is absent. So a column that is
 * added later and is empty leaves all MACs valid. Takes strings, finite numbers, booleans, bytes, lists, maps and plain
 * objects; throws TypeError for anything else.
 */
export function canonicalBytes(value: unknown): Buffer {
  // One text is faster than a buffer for each value. A start encodes every entity.
  return Buffer.from(textOf(value))
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return `s${value.length}:${value}`
  if (typeof value === 'number' && Number.isFinite(value)) return `n${value};`
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Uint8Array) return `x${value.length}:${encodeBase64(value)}`
  if (Array.isArray(value)) return listText('l', value)
  if (value instanceof Map) return listText('m', [...value].flat())
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`a ${typeof value} has no canonical bytes`)
  const members = value as Readonly<Record<string, unknown>>
  const names = Object.keys(members).filter(name => members[name] !== undefined)
  return listText(
    'o',
    names.sort().flatMap(name => [name, members[name]]),
  )
}

const listText = (type: string, items: readonly unknown[]) =>
  `${type}${items.length}:${items.map(textOf).join('')}`
