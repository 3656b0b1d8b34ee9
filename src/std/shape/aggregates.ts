import {
  type AnyShape,
  type Infer,
  type Json,
  type Required,
  type RequiredUnless,
  SerializationProblem,
  type Shape,
  unexpectedToken,
  violation,
} from './shape.ts'

type Declared = AnyShape | Required<AnyShape> | RequiredUnless<AnyShape>
type Members = Record<string, Declared>
type RequiredNames<M extends Members> = {
  [N in keyof M]: M[N] extends Required<AnyShape> ? N : never
}[keyof M]
type Flatten<T> = { [K in keyof T]: T[K] }

/** The value of a structure: required members are present, others may be absent. */
export type StructureOf<M extends Members> = Flatten<
  { [N in RequiredNames<M>]: Infer<M[N]> } & {
    [N in Exclude<keyof M, RequiredNames<M>>]?: Infer<M[N]> | undefined
  }
>

/** The shape of an object with named members. */
export interface Structure<M extends Members> extends Shape<StructureOf<M>> {
  readonly members: M
}

interface Member {
  readonly name: string
  readonly lowerName: string
  readonly shape: AnyShape
  readonly required: boolean
  readonly isExempt: ((others: object) => boolean) | undefined
  readonly fallback: unknown
}

/**
 * An object with named members. As in AWS, members that the shape does not know are ignored, and an explicit null counts
 * as absent.
 */
export function structure<M extends Members>(members: M): Structure<M> {
  const rows = Object.entries(members).map(toMember)
  const conditionalRows = rows.filter(({ isExempt }) => isExempt !== undefined)
  const secretRows = rows.filter(({ shape }) => shape.wipe !== undefined)
  return {
    members,
    kind: { type: 'structure', shapes: new Map(rows.map(row => [row.name, row.shape])) },
    decode(value, path, problems) {
      const source = decodeObject(value)
      const prefix = path === '' ? '' : `${path}.`
      const decoded: Record<string, unknown> = {}
      for (const row of rows) {
        // Only the document's own members count, not a property of Object.prototype that has the same name.
        const given = Object.hasOwn(source, row.name) ? source[row.name] : undefined
        if (given !== undefined && given !== null) {
          decoded[row.name] = row.shape.decode(given, prefix + row.lowerName, problems)
        } else if (row.fallback !== undefined) {
          decoded[row.name] = row.fallback
        } else if (row.required) {
          problems.push(missing(prefix, row))
        }
      }
      for (const row of conditionalRows) {
        if (!Object.hasOwn(decoded, row.name) && row.isExempt?.(decoded) === false)
          problems.push(missing(prefix, row))
      }
      return decoded as StructureOf<M>
    },
    encode(value) {
      const encoded: Record<string, Json> = {}
      for (const row of rows) {
        const member = (value as Record<string, unknown>)[row.name]
        if (member !== undefined) encoded[row.name] = row.shape.encode(member)
      }
      return encoded
    },
    disclose(value) {
      const shown: Record<string, Json> = {}
      for (const row of rows) {
        const member = (value as Record<string, unknown>)[row.name]
        const text = member === undefined ? undefined : row.shape.disclose(member)
        if (text !== undefined) shown[row.lowerName] = text
      }
      return shown
    },
    wipe: secretRows.length === 0 ? undefined : value => wipeMembers(value, secretRows),
  }
}

/** Of a sensitive member AWS's text does not even say that it is null (recorded from AWS). */
function missing(prefix: string, { lowerName, shape }: Member): string {
  return violation(prefix + lowerName, shape.isSensitive === true ? undefined : 'null', 'not be null')
}

function wipeMembers(value: object, rows: readonly Member[]): void {
  for (const { name, shape } of rows) {
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined) shape.wipe?.(member)
  }
}

/** A list whose elements all have one shape. */
export function list<T>(element: Shape<T>, limits: { min?: number; max?: number } = {}): Shape<T[]> {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits
  return {
    kind: { type: 'list', element },
    decode(value, path, problems) {
      if (!Array.isArray(value)) throw new SerializationProblem('Expected list or null')
      checkCount(value.length, path, problems, min, max)
      // A list over its limit is refused as a whole: reading its elements would only make the message longer.
      if (value.length > max) return []
      return value.map((item, index) => {
        // A message with a hundred violations says enough. One with a million would fill the memory.
        if (problems.length >= problemsMax) return undefined as T
        const itemPath = `${path}.${index + 1}.member`
        if (item !== null) return element.decode(item, itemPath, problems)
        problems.push(violation(itemPath, 'null', 'not be null'))
        return undefined as T
      })
    },
    encode: items => items.map(item => element.encode(item)),
    disclose(items) {
      const shown = items.map(item => element.disclose(item))
      return shown.some(item => item === undefined) ? undefined : (shown as Json[])
    },
    wipe: element.wipe && (items => wipeItems(items, element)),
  }
}

function wipeItems<T>(items: readonly T[], element: Shape<T>): void {
  for (const item of items) element.wipe?.(item)
}

/** A map from string to string. Numbers and booleans among the values count as their text, as in AWS KMS. */
export function stringMap({
  max = Number.POSITIVE_INFINITY,
}: {
  max?: number
} = {}): Shape<ReadonlyMap<string, string>> {
  return {
    kind: { type: 'map' },
    decode(value, path, problems) {
      const source = Object.entries(decodeObject(value))
      const entries = new Map<string, string>()
      checkCount(source.length, path, problems, 0, max)
      // As in a list that is too long, the entries are not read.
      if (source.length > max) return entries
      for (const [key, item] of source) {
        const text = textOf(item)
        if (!key.isWellFormed() || !text.isWellFormed()) {
          throw new SerializationProblem('STRING_VALUE is not well-formed Unicode')
        }
        entries.set(key, text)
      }
      return entries
    },
    encode: entries => fromEntries(entries),
    disclose: entries => fromEntries(entries),
  }
}

const problemsMax = 100

function toMember([name, declared]: [string, Declared]): Member {
  const isRequired = 'required' in declared
  const isConditional = 'optional' in declared
  return {
    name,
    lowerName: name.charAt(0).toLowerCase() + name.slice(1),
    shape: isRequired ? declared.required : isConditional ? declared.optional : declared,
    isExempt: isConditional ? declared.isExempt : undefined,
    required: isRequired,
    fallback: isRequired ? declared.fallback : undefined,
  }
}

function decodeObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw Array.isArray(value) ? unexpectedToken(value, '') : new SerializationProblem('Expected map or null')
  }
  return value as Record<string, unknown>
}

function checkCount(count: number, path: string, problems: string[], min: number, max: number): void {
  if (count < min) problems.push(violation(path, undefined, `have length greater than or equal to ${min}`))
  if (count > max) problems.push(violation(path, undefined, `have length less than or equal to ${max}`))
}

function textOf(item: unknown): string {
  if (typeof item === 'string') return item
  if (typeof item === 'boolean' || Number.isSafeInteger(item)) return String(item)
  if (item === null) throw new SerializationProblem('NULL_VALUE can not be converted to a String')
  throw unexpectedToken(item, 'a String')
}

/** Object.fromEntries defines properties, where an assignment to __proto__ would set the prototype. */
function fromEntries(entries: ReadonlyMap<string, string>): Json {
  return Object.fromEntries(entries)
}
