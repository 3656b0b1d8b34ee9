import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.ts'

test('batches have at most 25 entities, and become smaller while their work takes long', () => {
  const pace = new Pace()
  const sizes = [pace.entities]
  for (const workMillis of [3, 3, 3, 3, 1, 1, 3, 1]) {
    pace.restAfter(workMillis, workMillis)
    sizes.push(pace.entities)
  }
  assert.deepEqual(sizes, [25, 12, 6, 4, 4, 5, 6, 4, 5])
  for (let batch = 0; batch < 50; batch++) pace.restAfter(1, 1)
  assert.equal(pace.entities, 25)
})

test('the job rests for 95 % of the time, and for at least 20 ms', () => {
  const pace = new Pace()
  assert.deepEqual([pace.restAfter(1, 2), pace.restAfter(1, 10), pace.restAfter(0.1, 0.2)], [38, 190, 20])
})
