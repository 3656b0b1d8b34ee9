import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { uncounted } from '../budget/step-budget.ts'
import { compileBitSearch, compileSearch, fitsAt } from './segment-search.ts'
import { parsePattern } from './wildcard.ts'

const letters = fc.constantFrom('a', 'a', 'a', 'b')
const values = fc.string({ unit: letters, maxLength: 200, size: 'max' })
const segments = fc.string({
  unit: fc.oneof(letters, fc.constant('?')),
  minLength: 1,
  maxLength: 100,
  size: 'max',
})
/** A segment that occurs in the value, with `?` in place of some characters. */
const cut = fc
  .tuple(values, fc.nat(200), fc.integer({ min: 1, max: 100 }), fc.nat(9))
  .map(([value, at, length, open]) => {
    const piece = value.slice(at % (value.length + 1)).slice(0, length)
    return { value, segment: piece.replaceAll(/./g, (letter, i) => (i % 10 === open ? '?' : letter)) || '?' }
  })
const given = fc.oneof(fc.record({ value: values, segment: segments }), cut)

test('both ways of searching find the first place that fits', () => {
  let found = 0
  fc.assert(
    fc.property(given, fc.nat(20), fc.nat(20), ({ value, segment }, from, short) => {
      const pattern = parsePattern(segment)
      const end = value.length - short
      let expected = -1
      for (let at = from; at + pattern.length <= end && expected < 0; at++) {
        if (fitsAt(pattern, value, at)) expected = at
      }
      found += Number(expected >= 0)
      assert.equal(compileBitSearch(pattern)(value, from, end, uncounted), expected)
      assert.equal(compileSearch(pattern)(value, from, end, uncounted), expected)
    }),
    { numRuns: 10_000 },
  )
  assert.ok(found > 1000)
})

/** The least CPU time of several runs, in microseconds. */
function leastCpuMicros(run: () => void): number {
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage()
    run()
    return process.cpuUsage(before).user
  })
  return Math.min(...times)
}

test('a segment that almost fits everywhere is found in much less time than by trying each place', () => {
  const value = `${'a'.repeat(16_000)}b`
  for (const text of [`${'a'.repeat(8000)}c`, `${'a'.repeat(8000)}?c`, `${'a?'.repeat(4000)}c`]) {
    const segment = parsePattern(text)
    const find = compileSearch(segment)
    const searched = leastCpuMicros(() => assert.equal(find(value, 0, value.length, uncounted), -1))
    const tried = leastCpuMicros(() => {
      for (let at = 0; at + segment.length <= value.length; at++)
        if (fitsAt(segment, value, at)) assert.fail()
    })
    assert.ok(searched < tried / 2, `${searched} µs searched, ${tried} µs tried`)
  }
  assert.equal(compileSearch(parsePattern(`${'a'.repeat(8000)}?b`))(value, 0, value.length, uncounted), 7999)
})
