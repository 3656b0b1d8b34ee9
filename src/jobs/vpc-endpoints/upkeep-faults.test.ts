import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTestStore } from '../../../test/fixtures/test-store.ts'
import {
  becomes,
  bench,
  gate,
  holdTimers,
  insert,
  made,
  newUpkeep,
  settle,
  stateOf,
  update,
} from './upkeep-bench.test.ts'

// Faults of doors and of the database, changes at the worst moment, and the end of the upkeep.

test('an endpoint that was read before a change is not followed after it', async t => {
  await insert(made(1, { state: 'available' }))
  const changed = made(1, { state: 'available', policyDocument: '{}' })
  const { reader } = bench.store
  let reads = 0
  const find: typeof reader.vpcEndpoints.find = async (...args) => {
    const found = await reader.vpcEndpoints.find(...args)
    if (++reads === 1) await update(changed)
    return found
  }
  const vpcEndpoints = new Proxy(reader.vpcEndpoints, {
    get: (target, name) => (name === 'find' ? find : Reflect.get(target, name).bind(target)),
  })
  const slow = new Proxy(bench.store, {
    get: (target, name) =>
      name === 'reader' ? { ...reader, vpcEndpoints } : Reflect.get(target, name).bind(target),
  })
  const { doors, upkeep } = newUpkeep(t, slow)
  const policies: (string | undefined)[] = []
  const { follow } = doors
  doors.follow = async endpoint => {
    policies.push(endpoint.policyDocument)
    return await follow.call(doors, endpoint)
  }
  await upkeep.start()
  assert.deepEqual(policies, ['{}'])
})

test('a fault costs no other endpoint, and is tried again after a wait that doubles, and at the next look', async t => {
  holdTimers(t)
  await insert(made(1), made(2))
  const { doors, upkeep, faults } = newUpkeep(t)
  const { follow } = doors
  const tries = () => doors.calls.filter(call => call === 'follow 1').length
  doors.follow = async endpoint => {
    const closed = await follow.call(doors, endpoint)
    if (endpoint.vpcEndpointId === made(1).vpcEndpointId && tries() < 4) throw new Error(`fault ${tries()}`)
    return closed
  }
  await upkeep.start()
  assert.deepEqual([await stateOf(1), await stateOf(2), tries()], ['pending', 'available', 1])
  // The third try is that of the next look.
  for (const [index, millis] of [1000, 2000, 2000].entries()) {
    t.mock.timers.tick(millis - 1)
    await settle()
    assert.equal(tries(), index + 1, `${millis}`)
    t.mock.timers.tick(1)
    await becomes(tries, index + 2)
    await settle()
  }
  assert.equal(await stateOf(1), 'available')
  assert.deepEqual(faults, ['fault 1', 'fault 2', 'fault 3'])
})

test('a deletion with a fault is completed later', async t => {
  holdTimers(t)
  await insert(made(1, { state: 'deleting' }))
  const { doors, upkeep, faults } = newUpkeep(t)
  doors.during = () => {
    if (doors.calls.length === 1) throw new Error('fault')
  }
  await upkeep.start()
  assert.deepEqual([await stateOf(1), faults], ['deleting', ['fault']])
  t.mock.timers.tick(1000)
  await becomes(() => stateOf(1), 'gone')
})

test('a row that does not verify opens nothing, and costs no other endpoint', async t => {
  await insert(made(1), made(2))
  const path = join(bench.dataDirectory, 'keyward.db')
  const database = new DatabaseSync(path)
  database.exec("update vpc_endpoints set policy_document = '{}' where vpc_endpoint_id like '%1'")
  database.close()
  const broken: string[] = []
  const store = await openTestStore(path, error => broken.push(error.entity))
  const { doors, upkeep, faults } = newUpkeep(t, store)
  await upkeep.start()
  assert.deepEqual([...doors.open.keys()], [made(2).vpcEndpointId])
  assert.deepEqual([broken.length, faults], [1, []])
  await upkeep.close()
  await store.close()
})

test('a close waits for the run in progress, and nothing runs afterwards', async t => {
  holdTimers(t)
  await insert(made(1))
  const { doors, upkeep } = newUpkeep(t)
  const [inside, held] = [gate(), gate()]
  doors.during = async () => {
    inside.open()
    await held.promise
  }
  const started = upkeep.start()
  await inside.promise
  let isClosed = false
  const closed = upkeep.close().then(() => {
    isClosed = true
  })
  await settle()
  assert.equal(isClosed, false)
  held.open()
  await Promise.all([closed, started])
  await update(made(1, { policyDocument: '{}' }))
  t.mock.timers.tick(60_000)
  await settle()
  assert.deepEqual(doors.calls, ['follow 1'])
  assert.equal(doors.open.size, 1)
})

test('a closed upkeep does not read the database any more', async t => {
  holdTimers(t)
  await insert(made(1))
  const store = await openTestStore(join(bench.dataDirectory, 'keyward.db'))
  const { doors, upkeep, faults } = newUpkeep(t, store)
  doors.during = () => Promise.reject(new Error('fault'))
  await upkeep.start()
  await upkeep.close()
  await store.close()
  t.mock.timers.tick(60_000)
  await settle()
  assert.deepEqual([doors.calls, faults], [['follow 1'], ['fault']])
})
