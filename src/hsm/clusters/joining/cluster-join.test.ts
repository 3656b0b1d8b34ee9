import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { noticed, softOfficerPin, softStore } from '../../../../test/fixtures/hsm/soft-store.ts'
import { temporaryDirectory } from '../../../../test/fixtures/keyward-process.ts'

// How the tokens of a cluster join. The same on SoftHSM2: test/hsm/cluster-tokens.test.ts.

test('a cluster of one token has no ceremony, and its keys never leave it', async t => {
  const { world, a } = softStore(t, 1)
  assert.deepEqual(await world.connected(), { errorCode: undefined, tokens: 1, isPasswordEverywhere: true })
  const key = await world.makeKey()
  assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
  assert.equal(key.reference.isShared, false)
  assert.equal(a.stored[0]?.key.flags.extractable, false)
  assert.equal(a.transport, undefined)
  assert.equal(a.calls.get('openCeremony'), undefined)
})

test('three tokens trust each other, each pair once, and a new key is in all', async t => {
  const { world, hsms } = softStore(t, 3)
  assert.equal((await world.connected()).tokens, 3)
  const trusts = world.of('trusts').map(({ token, peer }) => `${token} ${peer}`)
  assert.deepEqual(trusts.sort(), ['a b', 'a c', 'b a', 'b c', 'c a', 'c b'])
  const [{ fingerprint, peerSerial } = assert.fail()] = world.of('trusts').filter(({ peer }) => peer === 'c')
  assert.equal(fingerprint, hsms[2]?.transport?.key.fingerprint)
  assert.equal(peerSerial, 'serial c')
  const key = await world.makeKey()
  const sealed = await world.encrypt(key)
  for (const hsm of hsms) {
    assert.equal(hsm.stored[0]?.key.flags.wrapWithTrusted, true)
    for (const other of hsms) other.isAway = other !== hsm
    await noticed(world, 1)
    assert.equal(await world.decrypt(key, sealed), 'secret')
    for (const other of hsms) other.isAway = false
    await world.waitFor('serving', 3)
  }
  await world.connected()
  assert.equal(world.of('trusts').length, 6)
})

test('without the PIN of the security officer a token does not join, and the log says what is missing', async t => {
  const path = softOfficerPin()
  const { world, a, b } = softStore(t, 2, { soPinPath: path })
  rmSync(path)
  const connection = await world.connect()
  assert.equal(connection.errorCode, 'INTERNAL_ERROR')
  const print = a.transport?.key.fingerprint ?? b.transport?.key.fingerprint
  assert.match(
    JSON.stringify(connection),
    /does not trust the transport key of [ab] \(SHA-256 [0-9a-f]{64}\)/,
  )
  assert.match(
    JSON.stringify(connection),
    new RegExp(`PIN of the security officer cannot be read from ${path}`),
  )
  assert.ok(print)
  assert.equal(a.open.size + b.open.size, 0)
})

test('a wrong PIN of the security officer is no wrong password, and is not tried for ever', async t => {
  const { world, a, b } = softStore(t, 2, {
    soPinPath: softOfficerPin('wrong'),
    loginsPath: join(temporaryDirectory(), 'logins'),
  })
  for (let tries = 0; tries < 7; tries++) assert.equal((await world.connect()).errorCode, 'INTERNAL_ERROR')
  const [first, second] = [a.calls.get('ceremonyLogin') ?? 0, b.calls.get('ceremonyLogin') ?? 0]
  assert.ok(first + second <= 7)
  assert.match(JSON.stringify(await world.connect()), /the last 5 logins had a wrong PIN/)
})

test('tokens that give a shared key away, or count their initialization vectors, share no keys', async t => {
  const leaking = softStore(t, 2)
  leaking.b.leakWay = 'C_CopyObject makes it readable'
  leaking.a.leakWay = leaking.b.leakWay
  assert.match(
    JSON.stringify(await leaking.world.connect()),
    /INTERNAL_ERROR.*C_CopyObject makes it readable/,
  )
  assert.equal(leaking.a.transport, undefined)
  const counting = softStore(t, 2)
  counting.b.abilities = { make: 'Soft 2', ivs: 'counted' }
  assert.match(
    JSON.stringify(await counting.world.connect()),
    /INTERNAL_ERROR.*counts its initialization vectors/,
  )
  const alone = softStore(t, 1)
  alone.a.abilities = { make: 'Soft 2', ivs: 'counted' }
  await alone.world.connected()
  const key = await alone.world.makeKey()
  assert.equal(await alone.world.decrypt(key, await alone.world.encrypt(key)), 'secret')
})

test('tokens that make random initialization vectors share keys', async t => {
  const { world, a, b } = softStore(t, 2)
  for (const hsm of [a, b]) hsm.abilities = { make: 'Soft 3', ivs: 'random' }
  await world.connected()
  const key = await world.makeKey()
  const sealed = await Promise.all([world.encrypt(key), world.encrypt(key)])
  for (const one of sealed) assert.equal(await world.decrypt(key, one), 'secret')
  assert.equal(world.counted, 2)
})

test('the self-test runs once for each make of token', async t => {
  const { world, a, b, c } = softStore(t, 3)
  c.abilities = { make: 'Soft 2', ivs: 'given' }
  await world.connected()
  await world.connected()
  const counts = [a, b, c].map(hsm => hsm.calls.get('leak') ?? 0)
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    2,
  )
})

test('a token that was away gets what it missed before it serves', async t => {
  const { world, a, b, c } = softStore(t, 3)
  await world.connected()
  c.isAway = true
  c.kill()
  const keys = []
  for (let made = 0; made < 20; made++) keys.push(await world.makeKey())
  assert.equal(c.stored.length, 0)
  c.isAway = false
  await world.waitFor('serving', 3)
  assert.equal(c.stored.length, 20)
  assert.equal(world.of('serves').at(-1)?.carriedKeys, 20)
  const [key = assert.fail()] = keys
  const sealed = await world.encrypt(key)
  a.isAway = true
  b.isAway = true
  await noticed(world, 1)
  assert.equal(await world.decrypt(key, sealed), 'secret')
})

test('a token that joins brings the keys that only it has', async t => {
  const { world, a, b, c } = softStore(t, 3)
  await world.connected()
  c.isAway = true
  c.kill()
  const key = await world.makeKey()
  const sealed = await world.encrypt(key)
  for (const hsm of [a, b]) {
    hsm.isAway = true
    hsm.kill()
  }
  await world.restart()
  world.client.open(world.store)
  c.isAway = false
  await world.waitFor('serving', 1)
  await assert.rejects(world.decrypt(key, sealed), { code: 'KMSInvalidStateException' })
  a.isAway = false
  await world.waitFor('serving', 2)
  assert.equal(c.has(key.binding.keyMaterialId), true)
  a.isAway = true
  assert.equal(await world.decrypt(key, sealed), 'secret')
})

test('a key made while a token joins is in that token before it serves', async t => {
  const { world, a, b, c } = softStore(t, 3)
  await world.connected()
  c.isAway = true
  c.kill()
  const first = await world.makeKey()
  // The token waits where it is given the first key: it has listed the keys by then.
  const reached = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  c.before = async method => {
    if (method !== 'unwrapKey') return
    c.before = undefined
    reached.resolve()
    await go.promise
  }
  c.isAway = false
  await reached.promise
  const making = world.makeKey()
  go.resolve()
  const second = await making
  await world.waitFor('serving', 3)
  for (const hsm of [a, b, c])
    for (const { binding } of [first, second]) assert.equal(hsm.has(binding.keyMaterialId), true)
})

test('a token that goes away in the middle of its join does not serve, and joins again', async t => {
  const { world, c } = softStore(t, 3)
  await world.connected()
  c.isAway = true
  c.kill()
  for (let made = 0; made < 3; made++) await world.makeKey()
  let unwraps = 0
  c.before = method => {
    if (method === 'unwrapKey' && ++unwraps === 2) c.kill()
  }
  c.isAway = false
  await world.waitFor('serving', 3)
  assert.equal(c.stored.length, 3)
  assert.ok(unwraps > 2)
})
