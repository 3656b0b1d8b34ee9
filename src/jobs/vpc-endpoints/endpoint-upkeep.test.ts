import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../store/index.ts'
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
  stored,
  update,
} from './upkeep-bench.test.ts'

// The states of endpoints follow their listeners, and the listeners follow the rows.

test('an endpoint whose server ended before its listener opened is available when the start resolves', async t => {
  await insert(made(1), made(2, { state: 'available' }))
  const { doors, upkeep, faults } = newUpkeep(t)
  await upkeep.start()
  assert.equal(await stateOf(1), 'available')
  assert.deepEqual([...doors.open.keys()].sort(), [made(1).vpcEndpointId, made(2).vpcEndpointId])
  assert.deepEqual(await stored(2), made(2, { state: 'available' }))
  assert.deepEqual(faults, [])
})

test('a new endpoint becomes available', async t => {
  const { doors, upkeep } = newUpkeep(t)
  await upkeep.start()
  await insert(made(1))
  await becomes(() => stateOf(1), 'available')
  assert.deepEqual(await stored(1), made(1, { state: 'available' }))
  await settle()
  assert.deepEqual(doors.calls, ['follow 1'])
})

test('an endpoint fails with the first address that does not accept, and others are available', async t => {
  await insert(made(1), made(2))
  const { doors, upkeep } = newUpkeep(t)
  for (const [address, code] of [
    ['fd00:21::1', 'AddressInUse'],
    ['fd00:20::1', 'PermissionDenied'],
  ] as const)
    doors.lose(address, code)
  await upkeep.start()
  const lastError = { code: 'PermissionDenied', message: 'fd00:20::1 has PermissionDenied.' }
  assert.deepEqual(await stored(1), made(1, { state: 'failed', lastError }))
  assert.equal(await stateOf(2), 'available')
})

test('a lost address fails its endpoint within five seconds, and a returned one makes it available', async t => {
  holdTimers(t)
  await insert(made(1))
  const { doors, upkeep } = newUpkeep(t)
  await upkeep.start()
  doors.lose('10.20.1.1')
  t.mock.timers.tick(4999)
  await settle()
  assert.equal(await stateOf(1), 'available')
  t.mock.timers.tick(1)
  await becomes(() => stateOf(1), 'failed AddressNotAvailable')
  doors.lose('10.20.1.1', 'NotConfigured')
  t.mock.timers.tick(5000)
  await becomes(() => stateOf(1), 'failed NotConfigured')
  doors.closedAddresses.clear()
  t.mock.timers.tick(5000)
  await becomes(() => stateOf(1), 'available')
  assert.deepEqual(await stored(1), made(1, { state: 'available' }))
})

test('each outcome that differs from the one before is reported once', async t => {
  holdTimers(t)
  await insert(made(1))
  const { doors, outcomes, upkeep } = newUpkeep(t)
  const look = async () => {
    t.mock.timers.tick(5000)
    await settle()
  }
  await upkeep.start()
  await look()
  assert.deepEqual(outcomes.splice(0), ['1 available'])
  doors.lose('10.20.1.1')
  await look()
  await look()
  assert.deepEqual(outcomes.splice(0), ['1 failed 10.20.1.1 AddressNotAvailable'])
  doors.lose('10.20.1.1', 'NotConfigured')
  await look()
  await look()
  assert.deepEqual(outcomes.splice(0), ['1 failed 10.20.1.1 NotConfigured'])
  doors.closedAddresses.clear()
  await look()
  await look()
  assert.deepEqual(outcomes, ['1 available'])
})

test('an outcome that is not written is not reported', async t => {
  await insert(made(1))
  const { doors, outcomes, upkeep } = newUpkeep(t)
  doors.lose('10.20.1.1')
  doors.during = async () => {
    doors.during = () => doors.closedAddresses.clear()
    await update(made(1, { policyDocument: '{}' }))
  }
  await upkeep.start()
  await becomes(() => stateOf(1), 'available')
  await settle()
  assert.deepEqual(outcomes, ['1 available'])
})

test('an address that is lost and returns all the time costs one look at a time', async t => {
  holdTimers(t)
  await insert(made(1, { state: 'available' }))
  const { doors, upkeep } = newUpkeep(t)
  doors.during = () => {
    if (doors.closedAddresses.size > 0) doors.closedAddresses.clear()
    else doors.lose('10.20.1.1')
  }
  await upkeep.start()
  await settle()
  assert.deepEqual(doors.calls, ['follow 1'])
  t.mock.timers.tick(5000)
  await becomes(() => stateOf(1), 'available')
  await settle()
  assert.deepEqual(doors.calls, ['follow 1', 'follow 1'])
})

test('an endpoint that is deleted while its listeners open is closed, and its row goes afterwards', async t => {
  await insert(made(1))
  const { doors, upkeep } = newUpkeep(t)
  const states: string[] = []
  bench.store.subscribe(change => change.type === 'vpcEndpoint' && states.push(change.endpoint.state))
  doors.during = async call => {
    if (call === 'follow 1') await update(made(1, { state: 'deleting' }))
    else assert.equal(await stateOf(1), 'deleting')
  }
  await upkeep.start()
  assert.equal(await stateOf(1), 'gone')
  assert.deepEqual(doors.calls, ['follow 1', 'close 1'])
  assert.deepEqual([...doors.open], [])
  // The endpoint never became available again: the update to deleting, and the deletion.
  assert.deepEqual(states, ['deleting', 'deleting'])
})

test('an endpoint whose server ended amid its deletion is gone when the start resolves', async t => {
  await insert(made(1, { state: 'deleting' }))
  const { doors, upkeep } = newUpkeep(t)
  await upkeep.start()
  assert.equal(await stateOf(1), 'gone')
  await settle()
  assert.deepEqual(doors.calls, ['close 1'])
})

test('an endpoint whose row somebody else deleted is closed', async t => {
  await insert(made(1))
  const { doors, upkeep } = newUpkeep(t)
  await upkeep.start()
  await bench.store.write(({ vpcEndpoints }) => vpcEndpoints.delete(made(1)))
  await becomes(() => doors.open.size, 0)
})

test('a change of policy, groups or tags is followed, and changes no state', async t => {
  await insert(made(1, { state: 'available' }))
  const { doors, upkeep } = newUpkeep(t)
  await upkeep.start()
  const changes: Change[] = []
  bench.store.subscribe(change => changes.push(change))
  for (const change of [{ policyDocument: '{}' }, { securityGroupIds: ['sg-9a2b3c4d'] }, { tags: [] }]) {
    const changed = made(1, { state: 'available', ...change })
    await update(changed)
    await becomes(() => JSON.stringify(doors.open.get(changed.vpcEndpointId)), JSON.stringify(changed))
  }
  await settle()
  assert.equal(changes.length, 3)
  assert.equal(doors.calls.length, 4)
})

test('the outcome for an endpoint that changes meanwhile is not written, and the change is followed', async t => {
  await insert(made(1))
  const { doors, upkeep } = newUpkeep(t)
  const [inside, held] = [gate(), gate()]
  doors.lose('10.20.1.1')
  doors.during = async () => {
    if (doors.calls.length > 1) return
    inside.open()
    await held.promise
  }
  const started = upkeep.start()
  await inside.promise
  const [, second] = made(1).interfaces
  const interfaces = second === undefined ? [] : [second]
  await update(made(1, { interfaces }))
  const states: string[] = []
  bench.store.subscribe(change => change.type === 'vpcEndpoint' && states.push(change.endpoint.state))
  held.open()
  await started
  assert.deepEqual(await stored(1), made(1, { interfaces, state: 'available' }))
  assert.deepEqual([doors.calls, states], [['follow 1', 'follow 1'], ['available']])
})
