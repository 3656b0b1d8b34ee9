import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inSlices } from './slices.ts'
import { otherWork } from './turns.ts'

test('all that waits for the thread runs before the next turn', async () => {
  const ran: string[] = []
  setImmediate(() => ran.push('immediate'))
  queueMicrotask(() => ran.push('microtask'))
  await otherWork()
  assert.deepEqual(ran, ['microtask', 'immediate'])
})

test('slices have at most so many items, in order, and others run between them', async () => {
  const seen: (number | string)[][] = []
  const items = Array.from({ length: 7 }, (_, index) => index)
  await inSlices(items, 3, slice => {
    seen.push([...slice])
    setImmediate(() => seen.push(['other']))
  })
  assert.deepEqual(seen, [[0, 1, 2], ['other'], [3, 4, 5], ['other'], [6]])
  await inSlices([], 3, () => assert.fail('there is nothing to do'))
})
