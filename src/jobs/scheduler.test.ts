import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Scheduler } from './scheduler.ts'

const fail = (error: unknown) => assert.fail(String(error))

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 5) {
    assert.ok(waited < 5000, 'it did not come')
    await sleep(5)
  }
}

test('a job runs at once while it has more to do, and then at its interval', async () => {
  const starts: bigint[] = []
  const job = async () => starts.push(process.hrtime.bigint()) < 3
  const scheduler = new Scheduler(job, 500, fail)
  scheduler.start()
  await until(() => starts.length === 4)
  await scheduler.close()
  const millis = starts.slice(1).map((start, index) => Number(start - (starts[index] ?? 0n)) / 1e6)
  assert.ok((millis[2] ?? 0) > 490, `${millis}`)
  assert.ok((millis[0] ?? 0) < 490 && (millis[1] ?? 0) < 490, `${millis}`)
})

test('a run is never joined by another, and close waits for it', async () => {
  let running = 0
  let ended = 0
  const job = async () => {
    assert.equal(++running, 1)
    await sleep(30)
    running--
    ended++
    return true
  }
  const scheduler = new Scheduler(job, 1, fail)
  scheduler.start()
  await until(() => ended === 2 && running === 1)
  await scheduler.close()
  assert.equal(running, 0)
  assert.equal(ended, 3)
  await sleep(50)
  assert.equal(ended, 3)
})

test('a run that fails is told, and tried again', async () => {
  const failures: unknown[] = []
  let runs = 0
  const job = async () => {
    if (++runs < 3) throw new Error(`run ${runs}`)
    return false
  }
  const scheduler = new Scheduler(job, 5, error => failures.push(error))
  scheduler.start()
  await until(() => runs > 3)
  await scheduler.close()
  assert.deepEqual(failures.map(String), ['Error: run 1', 'Error: run 2'])
})

test('a scheduler that never started closes', async () => {
  await new Scheduler(() => assert.fail(), 1, fail).close()
})
