import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { activityOf, callRows, isUse } from './activity.ts'
import { readEvent } from './events.ts'

const event = (time: string | number, Username: string, EventName = 'Decrypt', errorCode = '') =>
  readEvent({
    ...{ EventTime: new Date(time), Username, EventName },
    CloudTrailEvent: JSON.stringify({ errorCode }),
  })

test('calls are counted in spans, and every call once', () => {
  const users = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', '')
  const times = fc.integer({ min: 1_700_000_000_000, max: 1_707_776_000_000 })
  fc.assert(
    fc.property(fc.array(fc.tuple(times, users), { maxLength: 200 }), calls => {
      const { users: shown, spans } = activityOf(calls.map(([time, user]) => event(time, user)))
      const counted = spans.flatMap(({ counts }) => Object.values(counts)).reduce((a, b) => a + b, 0)
      assert.equal(counted, calls.length)
      assert.ok(spans.length <= 30 && shown.length <= 6)
      for (const { counts } of spans) for (const user of Object.keys(counts)) assert.ok(shown.includes(user))
    }),
  )
})

test('a short time has short spans', () => {
  const { spans } = activityOf([event('2026-05-01T10:00:30Z', 'a'), event('2026-05-01T10:02:10Z', 'b')])
  assert.deepEqual(
    spans.map(({ from, counts }) => [from.toISOString(), counts]),
    [
      ['2026-05-01T10:00:00.000Z', { a: 1 }],
      ['2026-05-01T10:01:00.000Z', {}],
      ['2026-05-01T10:02:00.000Z', { b: 1 }],
    ],
  )
})

test('administration is no use, and rows have their errors and their last call', () => {
  assert.ok(isUse({ name: 'Sign' }) && !isUse({ name: 'DescribeKey' }))
  const rows = callRows([event(3000, 'a'), event(2000, 'a', 'Decrypt', 'AccessDenied'), event(1000, 'b')])
  assert.deepEqual(rows, [
    { user: 'a', operation: 'Decrypt', calls: 2, errors: 1, last: new Date(3000) },
    { user: 'b', operation: 'Decrypt', calls: 1, errors: 0, last: new Date(1000) },
  ])
})
