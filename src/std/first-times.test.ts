import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FirstTimes } from './first-times.ts'

test('an entry comes for the first time once', () => {
  const times = new FirstTimes()
  assert.deepEqual(
    ['a', 'b', 'a', 'b', 'c'].map(entry => times.isFirst(entry)),
    [true, true, false, false, true],
  )
})

test('above the limit all entries are forgotten', () => {
  const times = new FirstTimes()
  for (let index = 0; index < 1000; index++) assert.ok(times.isFirst(`${index}`))
  assert.ok(!times.isFirst('0'))
  assert.ok(times.isFirst('new'))
  assert.ok(times.isFirst('0'))
  assert.ok(!times.isFirst('new'))
})
