import assert from 'node:assert/strict'
import { type ModelShape, shapeNamed } from './aws-model.ts'
import { wirePath } from './sdk-schemas.ts'

// Values on both sides of each constraint of AWS's model, and AWS's violations for the values outside.

/** Texts for a pattern: one that matches for every length from the shortest on, and one that does not match. */
interface PatternTexts {
  readonly make: (length: number) => string
  readonly shortest: number
  readonly stray: string
}

const filled = (prefix: string, filling: string, stray: string): PatternTexts => ({
  make: length => prefix.padEnd(length, filling),
  shortest: prefix.length + 1,
  stray,
})

const textsByPattern: Readonly<Record<string, PatternTexts>> = {
  '^[a-zA-Z0-9:/_-]+$': filled('', 'a', 'a b'),
  '[\\u0020-\\u00FF]*': filled('', 'a', 'a\u0100'),
  '[\\w]+': filled('', 'a', 'a-b'),
  '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+': filled('', 'a', 'a\u0100'),
  '^[\\w+=,.@:/-]+$': filled('', 'a', 'a b'),
  '^([a-z]+-){2,3}\\d+$': filled('a-a-', '1', 'us_east_1'),
  '^([A-Za-z0-9\\-]+)\\.([A-Za-z0-9\\-]+)(\\.[A-Za-z0-9\\-]+)+$': filled('a.a.', 'a', 'kms.amazonaws'),
  '^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$': filled(
    'arn:aws:s3::000000000000:',
    'a',
    'arn:aws:s3:::'.padEnd(30, 'a'),
  ),
  '^[a-f0-9]+$': filled('', 'a', 'g'.repeat(64)),
  '^[a-zA-Z0-9:/_\\s.-]+$': filled('', 'a', 'a;b'),
  '^[a-zA-Z0-9-_.]+$': filled('', 'a', 'a b'),
  '^\\p{ASCII}+$': filled('', 'a', 'a\u0100'),
  'cluster-[2-7a-zA-Z]{11,16}': filled('cluster-', 'a', 'cluster-aaaaaaaaaa0'),
  '^https://[a-zA-Z0-9.-]+$': filled('https://', 'a', 'http://aaaaaa'),
  '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$': {
    make: length => `${'/'.padEnd(length - 11, 'a')}/kms/xks/v1`.slice(-length),
    shortest: 13,
    stray: '/example/kms/xks/v1/',
  },
  '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$': filled(
    'com.amazonaws.vpce.us-east-1.vpce-svc-',
    '0',
    'com.amazonaws.vpce.us-east-1.svc-0',
  ),
  '[0-9]{12}': filled('', '1', 'abcdefghijkl'),
  '^[A-Z2-7]+$': filled('', 'A', '1'.repeat(20)),
  '^[a-zA-Z0-9\\/+=]+$': filled('', 'a', '-'.repeat(43)),
}

function textsOf({ pattern }: ModelShape): PatternTexts {
  if (pattern === undefined) return { ...filled('', 'a', ''), shortest: 0 }
  const texts = textsByPattern[pattern]
  assert.ok(texts, `there are no texts here for the pattern ${pattern}`)
  return texts
}

const blobOf = (length: number) => Buffer.alloc(length, 'not to be repeated ').toString('base64')

/** One value that a shape allows. */
export function sampleOf(shape: ModelShape): unknown {
  switch (shape.type) {
    case 'string':
      if (shape.enum !== undefined) return shape.enum[0]
      return textsOf(shape).make(Math.max(shape.min ?? 0, textsOf(shape).shortest, 1))
    case 'integer':
      return shape.min ?? 1
    case 'boolean':
      return false
    case 'timestamp':
      return 4_000_000_000
    case 'blob':
      return blobOf(Math.max(shape.min ?? 0, 1))
    case 'list':
      return shape.member === undefined ? [] : [sampleOf(shapeNamed(shape.member.shape))]
    case 'map':
      return { key: 'value' }
    case 'structure':
      return Object.fromEntries(
        (shape.required ?? []).map(name => [name, sampleOf(shapeNamed(memberOf(shape, name)))]),
      )
  }
}

function memberOf(shape: ModelShape, name: string): string {
  const member = shape.members?.[name]
  assert.ok(member, `the model has no member ${name}`)
  return member.shape
}

/** The numbers just inside and just outside of a shape's bounds. */
function edgesOf({ min, max }: ModelShape): number[] {
  const below = min === undefined ? [] : [min - 1, min]
  return max === undefined ? below : [...below, max, max + 1]
}

/** Values on both sides of every constraint that a shape has, and null. */
export function candidatesOf(shape: ModelShape): unknown[] {
  const lengths = edgesOf(shape).filter(length => length >= 0)
  switch (shape.type) {
    case 'string': {
      if (shape.enum !== undefined) {
        return [...shape.enum, ...shape.enum.map(value => value.toLowerCase()), 'NO_SUCH_VALUE', '', null]
      }
      const { make, shortest, stray } = textsOf(shape)
      const texts = [...lengths, shortest].map(length => make(length).slice(0, length))
      return shape.pattern === undefined ? [...texts, null] : [...texts, stray, `${make(shortest)}\n`, null]
    }
    case 'integer':
      return [...edgesOf(shape), null]
    case 'boolean':
      return [true, false, null]
    case 'timestamp':
      return [0, 1.5, 4_000_000_000, null]
    case 'blob':
      return [...lengths.map(blobOf), null]
    case 'list': {
      const element = shape.member && sampleOf(shapeNamed(shape.member.shape))
      return [...lengths.map(length => Array(length).fill(element)), [], [element], [element, null], null]
    }
    case 'map':
      // KMS takes numbers and booleans for their texts (AWS KMS developer guide, "Encryption context").
      return [{}, { key: 'value', other: '' }, { key: 1, other: true }, null]
    case 'structure':
      return [sampleOf(shape), {}, null]
  }
}

/** A constraint that the service has and the model does not have. */
export type Override = (path: readonly string[]) => Tightened

/** `listed` are the values that a violation lists, where they are not the ones of the model. */
export type Tightened = Partial<ModelShape> & { readonly listed?: readonly string[] }

/** AWS's violations of a value, each by itself. `isHidden` means that the texts must not repeat the value. */
export function violationsOf(
  shape: ModelShape,
  value: unknown,
  override: Override,
  isHidden = false,
  path: readonly string[] = [],
): string[] {
  const tightened: ModelShape & Tightened = { ...shape, ...override(path) }
  const { min, max, pattern, listed, ...rest } = tightened
  const hidden = isHidden || rest.sensitive === true
  const must = (isBroken: boolean, shown: string, constraint: string) =>
    isBroken ? [violation(wirePath(path), shown, constraint)] : []
  const lengths = (length: number, shown: string) => [
    ...must(length < (min ?? 0), shown, `have length greater than or equal to ${min}`),
    ...must(length > (max ?? Infinity), shown, `have length less than or equal to ${max}`),
  ]
  const inside = (name: string, inner: unknown, shapeName: string) =>
    violationsOf(shapeNamed(shapeName), inner, override, hidden, [...path, name])
  if (rest.type === 'structure') {
    return Object.entries(rest.members ?? {}).flatMap(([name, member]) => {
      const given = (value as Record<string, unknown>)[name] ?? null
      if (given !== null) return inside(name, given, member.shape)
      const isRequired = rest.required?.includes(name) === true
      const shown = shapeNamed(member.shape).sensitive === true ? '' : ' null'
      return isRequired ? [violation(wirePath([...path, name]), shown, 'not be null')] : []
    })
  }
  const quoted = hidden ? '' : ` '${value}'`
  switch (rest.type) {
    case 'string': {
      const text = String(value)
      if (rest.enum !== undefined) {
        return must(
          !rest.enum.includes(text),
          quoted,
          `satisfy enum value set: [${setText(listed ?? rest.enum)}]`,
        )
      }
      const matches = pattern === undefined || regExpOf(pattern).test(text)
      return [
        ...lengths(text.length, quoted),
        ...must(!matches, quoted, `satisfy regular expression pattern: ${pattern}`),
      ]
    }
    case 'integer':
      return [
        ...must(Number(value) < (min ?? -Infinity), quoted, `have value greater than or equal to ${min}`),
        ...must(Number(value) > (max ?? Infinity), quoted, `have value less than or equal to ${max}`),
      ]
    case 'blob':
      return lengths(Buffer.from(String(value), 'base64').length, '')
    case 'list': {
      const items = value as unknown[]
      // AWS does not check the elements of a list that is too long.
      if (items.length > (max ?? Infinity)) return lengths(items.length, '')
      return items.flatMap((item, index) =>
        item === null
          ? [violation(`${wirePath(path)}.${index + 1}.member`, ' null', 'not be null')]
          : inside('[]', item, rest.member?.shape ?? ''),
      )
    }
    default:
      return []
  }
}

function violation(path: string, shown: string, constraint: string): string {
  return `Value${shown} at '${path}' failed to satisfy constraint: Member must ${constraint}`
}

/** A pattern of the whole text. JavaScript knows classes such as `\p{ASCII}` in Unicode mode only. */
const regExpOf = (pattern: string) => new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '')

const setText = (values: readonly string[]) => [...values].sort().join(', ')

/** The violations in a message, with sets in one order and patterns without their anchors. */
export function readViolations(message: string): string[] {
  const [, count, noun, text] = /^(\d+) validation (errors?) detected: (.*)$/s.exec(message) ?? []
  if (text === undefined) return []
  const violations = text.split(/; (?=Value)/)
  assert.equal(Number(count), violations.length, message)
  assert.equal(noun, violations.length === 1 ? 'error' : 'errors', message)
  return violations.map(inOneForm).sort()
}

/** AWS writes sets in no particular order (recorded from AWS). */
export function inOneForm(text: string): string {
  return text
    .replace(/enum value set: \[(.*)\]$/, (_, set: string) => `enum value set: [${setText(set.split(', '))}]`)
    .replace(/pattern: \^?(.*?)\$?$/, 'pattern: $1')
}
