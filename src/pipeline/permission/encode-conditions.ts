import type { Conditions, ConditionValue } from '../../operation/index.ts'

/** Returns the condition values as policies compare them, by the lower-case names of the condition keys. */
export function encodeConditions(conditions: Conditions): Map<string, readonly string[]> {
  const encoded = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries<ConditionValue>(conditions)) {
    if (value === undefined) continue
    if (value instanceof Map) addFamily(encoded, name, value)
    else
      encoded.set(
        name.toLowerCase(),
        encodeValue(value as Exclude<typeof value, ReadonlyMap<string, string>>),
      )
  }
  return encoded
}

/** Names that differ only in case are one condition key, which has all of their values. */
function addFamily(
  encoded: Map<string, readonly string[]>,
  prefix: string,
  values: ReadonlyMap<string, string>,
): void {
  const family = new Map<string, string[]>()
  for (const [rest, value] of values) {
    const name = `${prefix}${rest}`.toLowerCase()
    const known = family.get(name)
    if (known === undefined) family.set(name, [value])
    else known.push(value)
  }
  for (const [name, known] of family) encoded.set(name, [...(encoded.get(name) ?? []), ...known])
}

function encodeValue(value: string | number | boolean | Date | readonly string[]): readonly string[] {
  if (value instanceof Date) return [value.toISOString()]
  return typeof value === 'object' ? value : [String(value)]
}
