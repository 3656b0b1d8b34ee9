import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Scheduler } from './scheduler.ts'

const fail = (error: unknown) => assert.fail(String(error))

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 5) {
    assert.ok(waited < 60_000, 'the condition did not become true')
    await sleep(5)
  }
}

test('a job runs again at once while it has more to do, and otherwise at its interval', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let starts = 0
    const scheduler = new Scheduler(async () => ++starts < 3, 500, fail)
    const startsAfter = async (millis: number) => {
      mock.timers.tick(millis)
      await new Promise(setImmediate)
      return starts
    }
    scheduler.start()
    assert.deepEqual([await startsAfter(1), await startsAfter(1), await startsAfter(1)], [1, 2, 3])
    assert.deepEqual([await startsAfter(499), await startsAfter(1), await startsAfter(499)], [3, 4, 4])
    await scheduler.close()
  } finally {
    mock.timers.reset()
  }
})

test('a job that must rest runs again after its rest', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let starts = 0
    const scheduler = new Scheduler(async () => ++starts < 2 && 30, 500, fail)
    const startsAfter = async (millis: number) => {
      mock.timers.tick(millis)
      await new Promise(setImmediate)
      return starts
    }
    scheduler.start()
    assert.deepEqual([await startsAfter(1), await startsAfter(29), await startsAfter(1)], [1, 1, 2])
    assert.deepEqual([await startsAfter(499), await startsAfter(1)], [2, 3])
    await scheduler.close()
  } finally {
    mock.timers.reset()
  }
})

test('two runs never overlap, and close waits for the one in progress', async () => {
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

test('a run that fails is reported and tried again', async () => {
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
