import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  blob,
  boolean,
  ConstraintProblem,
  decode,
  enumeration,
  type Infer,
  integer,
  list,
  required,
  SerializationProblem,
  sensitive,
  string,
  stringMap,
  structure,
  timestamp,
} from './index.ts'

// Properties of the shape language, checked on a shape with a member of each kind.

const shape = structure({
  Text: required(string({ min: 1, max: 20, pattern: '[^x]*' })),
  Choice: enumeration(['A', 'B']),
  Count: integer({ min: -5, max: 5 }),
  Flag: boolean(),
  Bytes: blob({ max: 8 }),
  When: timestamp(),
  Context: stringMap(),
  Secret: sensitive(string()),
  Names: list(string({ max: 4 }), { max: 3 }),
  Rows: list(structure({ Inner: required(structure({ Leaf: required(blob()) })), Next: string() })),
})

const unicode = fc.string({ unit: 'binary', maxLength: 12 })
const wellFormed = fc.string({ unit: 'binary', maxLength: 4 }).filter(text => text.isWellFormed())
const base64 = fc.uint8Array({ maxLength: 8 }).map(bytes => Buffer.from(bytes).toString('base64'))

/** Wire values that satisfy the shape. */
const valid = fc.record(
  {
    Text: fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', '\\', '\n'), minLength: 1, maxLength: 10 }),
    Choice: fc.constantFrom('A', 'B'),
    Count: fc.integer({ min: -5, max: 5 }),
    Flag: fc.boolean(),
    Bytes: base64,
    When: fc.integer({ min: -1e12, max: 4e12 }).map(millis => millis / 1000),
    Context: fc.dictionary(wellFormed, wellFormed, { noNullPrototype: true }),
    Secret: wellFormed,
    Names: fc.array(
      wellFormed.filter(text => text.length <= 4),
      { maxLength: 3 },
    ),
    Rows: fc.array(
      fc.record(
        { Inner: fc.record({ Leaf: base64 }, { noNullPrototype: true }), Next: wellFormed },
        { requiredKeys: ['Inner'], noNullPrototype: true },
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['Text'], noNullPrototype: true },
)

/** Documents that almost fit: the shape's members with any values, and members with any names. */
const near = fc
  .tuple(
    valid,
    fc.dictionary(
      fc.oneof(fc.constantFrom(...Object.keys(shape.members)), unicode),
      fc.oneof(fc.jsonValue(), unicode, fc.double(), fc.bigInt().map(Number)),
      { noNullPrototype: true },
    ),
  )
  .map(([good, bad]) => ({ ...good, ...bad }))

test('decoding throws only the two problems, whatever the document is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), near, fc.anything()), value => {
      attempt(value)
    }),
    { numRuns: 5000 },
  )
})

test('a decoded value can be encoded and disclosed', () => {
  fc.assert(
    fc.property(near, value => {
      const decoded = attempt(value)
      if (decoded === undefined) return
      assert.doesNotThrow(() => JSON.stringify(shape.encode(decoded)))
      assert.doesNotThrow(() => JSON.stringify(shape.disclose(decoded)))
    }),
    { numRuns: 5000 },
  )
})

test('every JSON number that is accepted as a time can be disclosed', () => {
  const time = structure({ When: required(timestamp()) })
  for (const When of [0, -1, 4e9, 8.64e12, 8.64e12 + 1, -8.64e12 - 1, 1e300, Number.MAX_VALUE]) {
    let decoded: Infer<typeof time>
    try {
      decoded = decode(time, { When })
    } catch (error) {
      assert.ok(error instanceof SerializationProblem || error instanceof ConstraintProblem)
      continue
    }
    assert.doesNotThrow(() => time.disclose(decoded), `time ${When}`)
  }
})

test('encoding a decoded document gives the document back', () => {
  fc.assert(
    fc.property(valid, value => {
      assert.deepEqual(shape.encode(decode(shape, value)), value)
    }),
    { numRuns: 2000 },
  )
})

test('decoding an encoded value gives the value back', () => {
  fc.assert(
    fc.property(valid, value => {
      const decoded = decode(shape, value)
      assert.deepEqual(decode(shape, JSON.parse(JSON.stringify(shape.encode(decoded)))), decoded)
    }),
    { numRuns: 2000 },
  )
})

test('no byte of a blob and no character of a secret is disclosed', () => {
  const marked = fc.record({
    Text: fc.constant('a'),
    Secret: fc.constant('hunter2hunter2'),
    Bytes: fc.constant('c2VjcmV0'),
    Rows: fc.constant([{ Inner: { Leaf: 'c2VjcmV0' } }]),
  })
  fc.assert(
    fc.property(valid, marked, (value, secrets) => {
      const shown = JSON.stringify(shape.disclose(decode(shape, { ...value, ...secrets })))
      assert.doesNotMatch(shown, /hunter2|c2VjcmV0|secret/)
    }),
  )
})

function attempt(value: unknown): Infer<typeof shape> | undefined {
  try {
    return decode(shape, value)
  } catch (error) {
    if (error instanceof SerializationProblem || error instanceof ConstraintProblem) return undefined
    throw error
  }
}
