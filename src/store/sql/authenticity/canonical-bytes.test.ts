import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalBytes } from './canonical-bytes.ts'

const hexOf = (value: unknown) => canonicalBytes(value).toString('hex')

test('the order of members and members without a value do not matter', () => {
  assert.equal(hexOf({ b: 1, a: 'x' }), hexOf({ a: 'x', c: undefined, b: 1 }))
})

test('values that differ have different bytes', () => {
  const values = [
    ...['', 'a', 'ab', '1', 't', 1, 10, 0, true, false, [], ['a'], ['a', 'b'], ['ab'], [['a'], 'b']],
    ...[
      {},
      { a: 'b' },
      { ab: '' },
      { a: ['b'] },
      new Map([['a', 'b']]),
      new Uint8Array(1),
      new Uint8Array(2),
    ],
    ...['s1:a', ['s1:a'], ['a', 's1:b'], { a: 's1:b' }, new TextEncoder().encode('a')],
  ]
  assert.equal(new Set(values.map(hexOf)).size, values.length)
})

test('lists of texts have equal bytes only if they are equal', () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', '1', ':', 's', 'é') }), { maxLength: 4 })
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      assert.equal(hexOf(a) === hexOf(b), JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})

test('a value without canonical bytes is an error', () => {
  for (const value of [null, undefined, Number.NaN, () => 0, 1n])
    assert.throws(() => canonicalBytes([value]), TypeError)
})
