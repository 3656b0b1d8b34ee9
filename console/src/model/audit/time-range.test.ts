import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { boundsOf, readTimeRange, type TimeRange, type TimeUnit, writeTimeRange } from './time-range.ts'

const now = new Date('2026-05-01T12:00:00Z')

test('a range that was written is read as it was', () => {
  const last = fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom('minute', 'hour', 'day'))
    .map(([amount, unit]): TimeRange => ({ kind: 'last', amount, unit: unit as TimeUnit }))
  const between = fc
    .tuple(fc.date({ noInvalidDate: true, min: now, max: new Date('2100-01-01') }), fc.nat(1e9))
    .map(([from, ms]): TimeRange => ({ kind: 'between', from, to: new Date(from.getTime() + ms) }))
  fc.assert(
    fc.property(fc.oneof(last, between), range => {
      assert.deepEqual(readTimeRange(writeTimeRange(range)), range)
    }),
  )
})

test('a text that is no range means all times', () => {
  for (const text of [undefined, '', '6', '6y', 'a--b', '2026-05-02--2026-05-01', '123456m', '-1h'])
    assert.equal(readTimeRange(text), undefined, String(text))
})

test('a range back from now begins that long ago, and has no end', () => {
  assert.deepEqual(boundsOf(readTimeRange('90m'), now), { StartTime: new Date('2026-05-01T10:30:00Z') })
  assert.deepEqual(boundsOf(readTimeRange('2d'), now), { StartTime: new Date('2026-04-29T12:00:00Z') })
  assert.deepEqual(boundsOf(undefined, now), {})
})
