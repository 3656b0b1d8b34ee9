import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMillis } from '../../std/index.ts'
import { Watch } from './watch.ts'

test('a thing that takes too long is reported once, after its own time', async () => {
  const late: number[] = []
  const watch = new Watch(millis => late.push(millis))
  watch.begin(10_000)
  watch.begin(60)
  await sleep(30)
  assert.deepEqual(late, [])
  await sleep(80)
  assert.deepEqual(late, [60])
})

test('things that end in time are not reported, however many follow each other', async () => {
  const late: number[] = []
  const watch = new Watch(millis => late.push(millis))
  const start = monotonicMillis()
  while (monotonicMillis() - start < 200) {
    watch.begin(100)
    await sleep(5)
  }
  watch.end()
  await sleep(150)
  assert.deepEqual(late, [])
})
