import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { noticed, softStore } from '../../../test/fixtures/hsm/soft-store.ts'
import { ClusterFailure } from '../../domain/index.ts'
import { TokenProblem } from '../pkcs11/problem.ts'
import { SealBroken, TooMuchWaiting } from '../problems.ts'
import { tokenKeyNameOf } from './key-check.ts'

// Calls, and keys that are made and destroyed, with tokens in memory.

const unreachable = {
  code: 'KMSInvalidStateException',
  // AWS KMS developer guide, "How to fix a failing KMS key".
  text: 'KMS cannot communicate with your CloudHSM cluster',
}

test('tokens take turns', async t => {
  const { world, hsms } = softStore(t, 3)
  await world.connected()
  const key = await world.makeKey()
  for (const hsm of hsms) hsm.calls.clear()
  for (let calls = 0; calls < 9; calls++) await world.encrypt(key)
  assert.deepEqual(
    hsms.map(({ calls }) => calls.get('encrypt')),
    [3, 3, 3],
  )
})

test('a call goes on in another token when its token goes away, and that token joins again', async t => {
  const { world, a, b } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  for (let rounds = 0; rounds < 4; rounds++) {
    const hsm = rounds % 2 === 0 ? a : b
    hsm.kill()
    for (let calls = 0; calls < 2; calls++)
      assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
    await world.waitFor('serving', 2)
  }
  assert.equal(world.of('away').length, 4)
})

test('a token that hangs costs a call a second, and the call fails within two if all hang', async t => {
  const { world, a, b } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const hang = (method: string) => (method === 'encrypt' ? new Promise(() => undefined) : undefined)
  a.before = hang
  for (let calls = 0; calls < 2; calls++) {
    const began = performance.now()
    await world.encrypt(key)
    assert.ok(performance.now() - began < 1500)
  }
  b.before = hang
  const began = performance.now()
  await assert.rejects(world.encrypt(key), unreachable)
  const millis = performance.now() - began
  assert.ok(millis > 1800 && millis < 2400, String(millis))
})

test('with all tokens away calls fail at once with the text of AWS, and go on when one is back', async t => {
  const { world, a, b } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const sealed = await world.encrypt(key)
  a.isAway = true
  b.isAway = true
  for (let calls = 0; calls < 3; calls++) await assert.rejects(world.decrypt(key, sealed), unreachable)
  await assert.rejects(world.client.random(world.store, 8), { failure: 'unreachable' })
  await assert.rejects(world.makeKey(), ClusterFailure)
  b.isAway = false
  await world.waitFor('serving', 1)
  assert.equal(await world.decrypt(key, sealed), 'secret')
})

test('a call right after the start waits for the tokens', async t => {
  const { world, a } = softStore(t, 1)
  await world.connected()
  const key = await world.makeKey()
  const sealed = await world.encrypt(key)
  await world.restart()
  const go = Promise.withResolvers<void>()
  a.before = method => (method === 'login' ? go.promise : undefined)
  const waiting = world.decrypt(key, sealed)
  setTimeout(go.resolve, 200)
  assert.equal(await waiting, 'secret')
})

test('a key that somebody deleted in one token is carried there again', async t => {
  const { world, a, b } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const { keyMaterialId } = key.binding
  a.delete(keyMaterialId)
  for (let calls = 0; calls < 2; calls++) await world.encrypt(key)
  for (let waits = 0; !a.has(keyMaterialId) && waits < 100; waits++) await new Promise(setImmediate)
  assert.equal(a.has(keyMaterialId), true)
  const [{ token, reason } = assert.fail()] = world.of('keyLost')
  assert.deepEqual([token, reason], ['a', `there is no key ${tokenKeyNameOf(key.binding).label}`])
  b.isAway = true
  await noticed(world, 1)
  await world.encrypt(key)
  a.delete(keyMaterialId)
  await assert.rejects(world.encrypt(key), unreachable)
})

test('a foreign key under the name of a key is never used', async t => {
  const { world, a, b } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const sealed = await world.encrypt(key)
  a.delete(key.binding.keyMaterialId)
  a.put(tokenKeyNameOf(key.binding), randomBytes(32), true, false)
  await world.restart()
  for (let calls = 0; calls < 4; calls++) assert.equal(await world.decrypt(key, sealed), 'secret')
  await world.waitFor('serving', 2)
  for (let calls = 0; calls < 4; calls++)
    assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
  assert.deepEqual(
    world.of('keyLost').map(({ token, reason }) => [token, reason]),
    [['a', 'the key is not the one that was made under its name']],
  )
  assert.equal(a.stored.length, 1)
  b.isAway = true
  await noticed(world, 1)
  await assert.rejects(world.encrypt(key), unreachable)
})

test('a foreign key in the only token that has one is not carried to others', async t => {
  const { world, a, b } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  await world.client.release(world.store)
  for (const hsm of [a, b]) hsm.delete(key.binding.keyMaterialId)
  a.put(tokenKeyNameOf(key.binding), randomBytes(32), true, false)
  await world.connected()
  assert.equal(b.stored.length, 0)
  await assert.rejects(world.encrypt(key), unreachable)
})

test('a ciphertext that the key did not make is damage, not a fault of the tokens', async t => {
  const { world } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const sealed = await world.encrypt(key)
  sealed.ciphertext.writeUInt8(sealed.ciphertext.readUInt8(0) ^ 1)
  await assert.rejects(world.decrypt(key, sealed), SealBroken)
  assert.equal(world.count('serving'), 2)
})

test('only so many calls of an account wait for a token', async t => {
  const { world, a } = softStore(t, 1)
  await world.connected()
  const go = Promise.withResolvers<void>()
  a.before = method => (method === 'random' ? go.promise : undefined)
  const calls = Array.from({ length: 1200 }, () => world.client.random(world.store, 1))
  const refused = calls.slice(1032).map(call => assert.rejects(call, TooMuchWaiting))
  await Promise.all(refused)
  assert.equal(refused.length, 168)
  go.resolve()
  await Promise.all(calls.slice(0, 1032))
  assert.ok((a.calls.get('random') ?? 0) >= 1032)
})

test('only so many new keys of an account wait for their turn', async t => {
  const { world, a } = softStore(t, 1)
  await world.connected()
  const go = Promise.withResolvers<void>()
  a.before = method => (method === 'makeKey' ? go.promise : undefined)
  const makes = Array.from({ length: 110 }, () => world.makeKey())
  await Promise.all(makes.slice(101).map(make => assert.rejects(make, TooMuchWaiting)))
  go.resolve()
  await Promise.all(makes.slice(0, 101))
  assert.equal(world.keys.length, 101)
})

test('a key that fewer tokens have than must is destroyed, and CreateKey says so', async t => {
  const { world, a, b } = softStore(t, 2)
  await world.connected()
  b.before = method => {
    if (method === 'unwrapKey') throw new TokenProblem('Refused', 'CKR_DEVICE_MEMORY')
  }
  const binding = world.newBinding()
  const failure = await world.makeKey(binding).then(
    () => assert.fail('it was made'),
    (error: ClusterFailure) => error,
  )
  assert.equal(failure.toServiceError('key').code, 'CloudHsmClusterInvalidConfigurationException')
  assert.equal(a.has(binding.keyMaterialId), false)
  b.before = undefined
  await world.waitFor('serving', 2)
  await world.makeKey()
})

test('a third token that cannot take a new key joins again, and has it then', async t => {
  const { world, c } = softStore(t, 3)
  await world.connected()
  let faults = 0
  c.before = method => {
    if (method === 'unwrapKey' && faults++ === 0) throw new TokenProblem('Refused', 'CKR_DEVICE_MEMORY')
  }
  const key = await world.makeKey()
  await world.waitFor('serving', 3)
  assert.equal(c.has(key.binding.keyMaterialId), true)
})

test('a destroyed key is gone everywhere only when every token was there', async t => {
  const { world, hsms, c } = softStore(t, 3)
  await world.connected()
  const [first, second] = [await world.makeKey(), await world.makeKey()]
  assert.equal(await world.client.destroyKey(world.store, first.binding), true)
  c.isAway = true
  await noticed(world, 2)
  assert.equal(await world.client.destroyKey(world.store, second.binding), false)
  world.keys.splice(0)
  c.isAway = false
  await world.waitFor('serving', 3)
  assert.equal(await world.client.destroyKey(world.store, second.binding), true)
  assert.deepEqual(
    hsms.map(({ stored }) => stored.length),
    [0, 0, 0],
  )
})

test('a released store keeps no process, and its keys do nothing', async t => {
  const { world, hsms } = softStore(t, 2)
  await world.connected()
  const key = await world.makeKey()
  world.store = { ...world.store, connectionState: 'DISCONNECTED' }
  await world.client.release(world.store)
  for (const hsm of hsms) assert.equal(hsm.open.size, 0)
  await assert.rejects(world.encrypt(key), unreachable)
  assert.equal(world.client.active(world.store), 0)
})

test('a look needs no login', async t => {
  const { world, a, b } = softStore(t, 3)
  const { cloudHsmClusterId } = world.store.cluster
  assert.partialDeepStrictEqual(await world.client.look(cloudHsmClusterId), { active: 3, isBroken: false })
  a.isAway = true
  assert.partialDeepStrictEqual(await world.client.look(cloudHsmClusterId), { active: 2, isBroken: false })
  b.before = () => {
    throw new TokenProblem('AmbiguousToken', 'said by the test')
  }
  assert.partialDeepStrictEqual(await world.client.look(cloudHsmClusterId), { active: 1, isBroken: true })
  assert.equal(a.logins + b.logins, 0)
})

test('looks at the same time take one process for each token', async t => {
  const { world, hsms } = softStore(t, 2)
  const { cloudHsmClusterId } = world.store.cluster
  for (const rounds of [1, 2]) {
    const looks = await Promise.all(Array.from({ length: 50 }, () => world.client.look(cloudHsmClusterId)))
    for (const look of looks) assert.partialDeepStrictEqual(look, { active: 2, isBroken: false })
    for (const { calls } of hsms) assert.equal(calls.get('open'), rounds)
  }
})
