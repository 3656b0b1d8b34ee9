import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeEncryptionContext, noContext } from './encryption-context.ts'

const hex = (entries: readonly (readonly [string, string])[]) =>
  encodeEncryptionContext(new Map(entries)).toString('hex')

// Written by hand from the definition: the count of pairs, then each key and value after its length, in the order of the keys'
// UTF-8 bytes.
const vectors: { name: string; entries: [string, string][]; bytes: string }[] = [
  { name: 'no pair', entries: [], bytes: '00000000' },
  { name: 'one pair', entries: [['a', 'b']], bytes: '00000001 00000001 61 00000001 62' },
  { name: 'an empty value', entries: [['a', '']], bytes: '00000001 00000001 61 00000000' },
  { name: 'an empty key', entries: [['', 'a']], bytes: '00000001 00000000 00000001 61' },
  {
    name: 'two pairs, sorted',
    entries: [
      ['b', '2'],
      ['a', '1'],
    ],
    bytes: '00000002 00000001 61 00000001 31 00000001 62 00000001 32',
  },
  {
    name: 'a key that is a prefix of another',
    entries: [
      ['ab', ''],
      ['a', ''],
    ],
    bytes: '00000002 00000001 61 00000000 00000002 6162 00000000',
  },
  {
    name: 'capitals before small letters',
    entries: [
      ['a', ''],
      ['B', ''],
    ],
    bytes: '00000002 00000001 42 00000000 00000001 61 00000000',
  },
  {
    name: 'lengths in bytes, not characters',
    entries: [['é', '😀']],
    bytes: '00000001 00000002 c3a9 00000004 f09f9880',
  },
  {
    // In the order of UTF-16, the surrogates of the emoji would come first.
    name: 'the order of UTF-8, not of UTF-16',
    entries: [
      ['😀', ''],
      ['\uffff', ''],
    ],
    bytes: '00000002 00000003 efbfbf 00000000 00000004 f09f9880 00000000',
  },
]
for (const { name, entries, bytes } of vectors) {
  test(`the bytes of ${name}`, () => {
    assert.equal(hex(entries), bytes.replaceAll(' ', ''))
  })
}

test('a missing context has the bytes of the empty context', () => {
  assert.equal(encodeEncryptionContext(noContext).toString('hex'), hex([]))
})

test('contexts that differ in a detail differ in bytes', () => {
  const different: [string, string][][] = [
    [['a', 'b']],
    [['A', 'b']],
    [['a', 'B']],
    [['a', 'b ']],
    [[' a', 'b']],
    [['ab', '']],
    [['', 'ab']],
    [['b', 'a']],
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
    [
      ['a', 'd'],
      ['c', 'b'],
    ],
    [['a', 'b\0\0\0\u0001c\0\0\0\u0001d']],
    [
      ['a', 'b'],
      ['', ''],
    ],
    [['é', '']],
    [['e\u0301', '']],
    [],
  ]
  assert.equal(new Set(different.map(hex)).size, different.length)
})

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\0', '\u0001', '\u0002', 'é', '\uffff', '😀'),
  maxLength: 4,
})
const contexts = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 5 })
const sorted = (entries: [string, string][]) =>
  JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))

test('two contexts have the same bytes exactly when they are the same map', () => {
  const pairs = fc.oneof(
    fc.tuple(contexts, contexts),
    contexts.chain(entries =>
      fc.shuffledSubarray(entries).map(part => [entries, part] as [typeof entries, typeof part]),
    ),
  )
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      assert.equal(hex(a) === hex(b), sorted(a) === sorted(b))
    }),
    { numRuns: 10_000 },
  )
})

test('the order of the pairs does not matter', () => {
  const shuffled = contexts.chain(entries =>
    fc.tuple(
      fc.constant(entries),
      fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([entries, again]) => {
      assert.equal(hex(entries), hex(again))
    }),
    { numRuns: 2000 },
  )
})

test('the map can be read back from its bytes', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 20 }).filter(candidate => candidate.isWellFormed())
  const any = fc.uniqueArray(fc.tuple(anyText, anyText), { selector: ([key]) => key, maxLength: 8 })
  fc.assert(
    fc.property(any, entries => {
      const { entries: read, rest } = readBack(encodeEncryptionContext(new Map(entries)))
      assert.equal(sorted(read), sorted(entries))
      assert.equal(rest, 0)
    }),
    { numRuns: 2000 },
  )
})

test('the bytes of a later context do not change the bytes of an earlier one', () => {
  const first = encodeEncryptionContext(new Map([['a', 'b']]))
  const before = first.toString('hex')
  const empty = encodeEncryptionContext(new Map())
  encodeEncryptionContext(new Map([['x', 'y'.repeat(100)]]))
  assert.equal(first.toString('hex'), before)
  assert.equal(empty.toString('hex'), '00000000')
})

/** A reader written from the definition. */
function readBack(bytes: Buffer): { entries: [string, string][]; rest: number } {
  const entries: [string, string][] = []
  let offset = 4
  const read = () => {
    const length = bytes.readUInt32BE(offset)
    offset += 4 + length
    return bytes.toString('utf8', offset - length, offset)
  }
  for (let left = bytes.readUInt32BE(0); left > 0; left--) entries.push([read(), read()])
  return { entries, rest: bytes.length - offset }
}
