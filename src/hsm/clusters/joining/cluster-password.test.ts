import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SoftHsm } from '../../../../test/fixtures/hsm/soft-hsm.ts'
import { noticed, softStore } from '../../../../test/fixtures/hsm/soft-store.ts'
import { temporaryDirectory } from '../../../../test/fixtures/keyward-process.ts'
import { TokenProblem, type TokenProblemCode } from '../../pkcs11/problem.ts'

// The password of kmsuser: logins, and the change at each connection (AWS KMS developer guide, "Connect an AWS CloudHSM key store").

const pins = (hsms: readonly SoftHsm[]) => hsms.map(({ pin }) => pin)

test('a connection gives every token the next password, and a fresh process has logged in with it', async t => {
  const { world, hsms } = softStore(t, 3)
  await world.connected('next-1')
  assert.deepEqual(pins(hsms), ['next-1', 'next-1', 'next-1'])
  assert.equal(world.password, 'next-1')
  assert.equal(world.nextPassword, undefined)
  for (const hsm of hsms) assert.deepEqual([hsm.logins, hsm.wrongLogins, hsm.open.size], [2, 0, 1])
  await world.connected('next-2')
  assert.deepEqual(pins(hsms), ['next-2', 'next-2', 'next-2'])
})

test('the next password is stored after a login and before the first token has it', async t => {
  const { world, hsms, a, b } = softStore(t, 2)
  let stored: unknown
  b.before = a.before = method => {
    if (method === 'changePin') stored = world.nextPassword
  }
  await world.connected('next-1')
  assert.equal(stored, 'next-1')
  const refused = softStore(t, 2, { password: 'wrong-password' })
  assert.equal((await refused.world.connect('next-2')).errorCode, 'INVALID_CREDENTIALS')
  assert.equal(refused.world.nextPassword, undefined)
  assert.deepEqual(pins(hsms), ['next-1', 'next-1'])
})

test('the refusals of a login have the codes of AWS, and leave no process', async t => {
  const cases: readonly (readonly [TokenProblemCode, string])[] = [
    ['WrongPin', 'INVALID_CREDENTIALS'],
    ['PinLocked', 'USER_LOCKED_OUT'],
    ['PinNotSet', 'USER_NOT_FOUND'],
    ['OtherUser', 'USER_LOGGED_IN'],
    ['Away', 'INSUFFICIENT_CLOUDHSM_HSMS'],
    ['Refused', 'INTERNAL_ERROR'],
    ['AmbiguousToken', 'INTERNAL_ERROR'],
  ]
  for (const [problem, code] of cases) {
    const { world, hsms } = softStore(t, 2)
    for (const hsm of hsms)
      hsm.before = method => {
        if (method === 'login') throw new TokenProblem(problem, 'said by the test')
      }
    assert.equal((await world.connect()).errorCode, code, problem)
    assert.equal(hsms[0]?.open.size, 0)
  }
  const { world } = softStore(t, 1, { options: { clusters: new Map() } })
  assert.equal((await world.connect()).errorCode, 'CLUSTER_NOT_FOUND')
})

test('a token that refuses the password fails the connection although others take it', async t => {
  const { world, a, b } = softStore(t, 2)
  b.pin = 'different'
  assert.equal((await world.connect()).errorCode, 'INVALID_CREDENTIALS')
  assert.deepEqual([a.pin, b.pin, a.open.size, b.open.size], ['kmsuser-1', 'different', 0, 0])
})

test('after five wrong logins no other is tried, after a restart too, until the password is given again', async t => {
  const loginsPath = join(temporaryDirectory(), 'logins')
  const { world, a } = softStore(t, 1, { loginsPath, password: 'wrong-password' })
  for (let tries = 0; tries < 5; tries++)
    assert.equal((await world.connect()).errorCode, 'INVALID_CREDENTIALS')
  await world.restart()
  assert.equal((await world.connect()).errorCode, 'USER_LOCKED_OUT')
  assert.equal(a.wrongLogins, 5)
  world.client.forgetLogins(world.store.cluster.cloudHsmClusterId)
  a.pin = 'wrong-password'
  await world.connected()
})

for (const moment of ['before', 'after'] as const)
  for (const [method, nth] of [
    ['open', 1],
    ['login', 1],
    ['changePin', 1],
    ['open', 2],
    ['login', 2],
    ['abilities', 1],
    ['transportKey', 1],
    ['keys', 1],
  ] as const)
    test(`a token that goes away ${moment} its ${method} number ${nth} has the next password when it is back`, async t => {
      const { world, hsms, a, b } = softStore(t, 2)
      let count = 0
      b[moment] = called => {
        if (called === method && ++count === nth) {
          b.isAway = true
          throw new TokenProblem('Away', 'said by the test')
        }
      }
      assert.equal((await world.connected('next-1')).tokens, 1)
      assert.equal(a.pin, 'next-1')
      // The server ends, and starts again.
      await world.restart()
      b.isAway = false
      b[moment] = undefined
      world.client.open(world.store)
      await world.waitFor('serving', 2)
      assert.deepEqual(pins(hsms), ['next-1', 'next-1'])
      assert.equal(world.password, 'next-1')
      assert.equal(world.nextPassword, undefined)
      assert.ok(b.wrongLogins <= 1)
      assert.equal(a.wrongLogins, 0)
    })

test('a token that refuses a new password fails the connection, and the next one gives it the same', async t => {
  const { world, hsms, b } = softStore(t, 2)
  b.before = method => {
    if (method === 'changePin') throw new TokenProblem('Refused', 'CKR_DEVICE_ERROR')
  }
  assert.equal((await world.connect('next-1')).errorCode, 'INTERNAL_ERROR')
  assert.deepEqual(pins(hsms), ['next-1', 'kmsuser-1'])
  b.before = undefined
  await world.connected('next-2')
  assert.deepEqual(pins(hsms), ['next-1', 'next-1'])
  assert.equal(world.password, 'next-1')
})

test('a token that has not taken the password that it was given fails the connection', async t => {
  const { world, b } = softStore(t, 2)
  b.after = method => {
    if (method === 'changePin') b.pin = 'kmsuser-1'
  }
  assert.equal((await world.connect('next-1')).errorCode, 'INTERNAL_ERROR')
  assert.equal(world.password, 'kmsuser-1')
  assert.equal(world.nextPassword, 'next-1')
})

test('logins without an answer count for a new password, and not for one that the token took before', async t => {
  const { world, a } = softStore(t, 1)
  await world.connected()
  a.losesLogins = true
  a.kill()
  a.logins = 0
  await noticed(world, 0)
  while (a.logins < 7) await sleep(10)
  a.losesLogins = false
  await world.waitFor('serving', 1)
  const { world: other, a: b } = softStore(t, 1)
  b.losesLogins = true
  for (let tries = 0; tries < 5; tries++)
    assert.equal((await other.connect()).errorCode, 'INSUFFICIENT_CLOUDHSM_HSMS')
  b.losesLogins = false
  assert.equal((await other.connect()).errorCode, 'USER_LOCKED_OUT')
})
