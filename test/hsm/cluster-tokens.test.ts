import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { tokenKeyNameOf } from '../../src/hsm/clusters/key-check.ts'
import type { TokenGateway } from '../../src/hsm/clusters/token-gateway.ts'
import { StoreWorld } from '../fixtures/hsm/cluster-store.ts'
import { addressOf, gateways, moveAway, pinOf } from '../fixtures/hsm/gateways.ts'
import {
  makeToken,
  officerPin,
  pkcs11Tool,
  type SoftToken,
  whyNoTokens,
  writePin,
} from '../fixtures/hsm/softhsm.ts'

// Clusters of SoftHSM2 tokens, each with a directory of its own. The same logic with faults at each step: src/hsm/clusters.

const skip = whyNoTokens
const password = 'kmsuser-of-tests'

function clusterOf(t: TestContext, count: number, tokens = newTokens(count)) {
  const opened = new Map<string, TokenGateway>()
  const recording: typeof gateways = {
    ...gateways,
    open: async address => {
      const gateway = await gateways.open(address)
      opened.set(address.label, gateway)
      return gateway
    },
  }
  const world = new StoreWorld(recording, tokens.map(addressOf), {
    ...{ password, soPinPath: writePin(`${officerPin}\n`) },
    options: { rejoinMillis: [100] },
  })
  t.after(() => world.client.close())
  const processOf = ({ label }: SoftToken) => opened.get(label)?.processId ?? assert.fail('it has no process')
  const tool = (token: SoftToken, ...args: string[]) => pkcs11Tool({ ...token, pin: world.password }, ...args)
  const [a = assert.fail(), b = a, c = a] = tokens
  return { world, tokens, a, b, c, processOf, tool }
}

const newTokens = (count: number) =>
  Array.from({ length: count }, (_, index) => makeToken(`hsm-${index + 1}`, password))

test('a key of one token is never extractable, and an operator finds it by its ARN', { skip }, async t => {
  const { world, a, tool } = clusterOf(t, 1)
  await world.connected()
  const key = await world.makeKey()
  assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
  const { label, id } = tokenKeyNameOf(key.binding)
  const listed = tool(a, '-O', '--type', 'secrkey')
  assert.match(listed, new RegExp(`label: +${label}\\n +ID: +${id}`))
  assert.match(listed, /Access: +sensitive, always sensitive, never extractable, local/)
  assert.equal(await world.client.destroyKey(world.store, key.binding), true)
  assert.equal(tool(a, '-O', '--type', 'secrkey'), '')
})

test('three tokens have each key, and each alone decrypts', { skip }, async t => {
  const { world, tokens } = clusterOf(t, 3)
  assert.deepEqual(await world.connected(), { errorCode: undefined, tokens: 3, isPasswordEverywhere: true })
  assert.equal(world.of('trusts').length, 6)
  const key = await world.makeKey()
  const sealed = await Promise.all([world.encrypt(key), world.encrypt(key), world.encrypt(key)])
  for (const token of tokens) {
    const others = tokens.filter(other => other !== token)
    const restores = await Promise.all(others.map(moveAway))
    while (world.count('serving') > 1) await world.encrypt(key).catch(() => sleep(10))
    for (const one of sealed) assert.equal(await world.decrypt(key, one), 'secret')
    await Promise.all(restores.map(restore => restore()))
    await world.waitFor('serving', 3)
  }
  assert.equal(world.of('trusts').length, 6)
})

test('a connection changes the password of every token', { skip }, async t => {
  const { world, tokens, tool } = clusterOf(t, 2)
  await world.connected('next-password-of-tests')
  assert.equal(world.password, 'next-password-of-tests')
  for (const token of tokens) {
    tool(token, '-O')
    assert.throws(() => pkcs11Tool(token, '-O'))
  }
  await world.connected()
  const key = await world.makeKey()
  await world.restart()
  world.client.open(world.store)
  await world.waitFor('serving', 2)
  assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
})

test('a wrong password is INVALID_CREDENTIALS', { skip }, async t => {
  const { world } = clusterOf(t, 1, [makeToken('hsm-1', 'a different one')])
  assert.equal((await world.connect()).errorCode, 'INVALID_CREDENTIALS')
})

test('a token that was away gets what it missed, and an added token gets all', { skip }, async t => {
  const { world, tokens, c, tool } = clusterOf(t, 3)
  await world.connected()
  const first = await world.makeKey()
  const restore = await moveAway(c)
  while (world.count('serving') > 2) await world.encrypt(first)
  const missed = [await world.makeKey(), await world.makeKey()]
  await restore()
  await world.waitFor('serving', 3)
  const listed = tool(c, '-O', '--type', 'secrkey')
  for (const { binding } of [first, ...missed]) assert.match(listed, new RegExp(binding.keyMaterialId))
  const current = world.password
  await world.client.close()
  const added = makeToken('hsm-4', current)
  const grown = clusterOf(t, 4, [...tokens, added])
  grown.world.store = world.store
  grown.world.keys.push(...world.keys)
  await grown.world.connected()
  assert.equal(grown.world.of('serves').find(({ token }) => token === 'hsm-4')?.carriedKeys, 3)
  assert.equal(grown.world.of('trusts').length, 6)
  const sealed = await grown.world.encrypt(first)
  await Promise.all(tokens.map(moveAway))
  while (grown.world.count('serving') > 1) await grown.world.encrypt(first).catch(() => sleep(10))
  assert.equal(await grown.world.decrypt(first, sealed), 'secret')
})

test('calls go on while the process of a token is killed or hangs', { skip }, async t => {
  const { world, a, b, processOf } = clusterOf(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const sealed = await world.encrypt(key)
  process.kill(processOf(a), 'SIGKILL')
  for (let calls = 0; calls < 10; calls++) assert.equal(await world.decrypt(key, sealed), 'secret')
  await world.waitFor('serving', 2)
  process.kill(processOf(b), 'SIGSTOP')
  for (let calls = 0; calls < 4; calls++) {
    const began = performance.now()
    assert.equal(await world.decrypt(key, sealed), 'secret')
    assert.ok(performance.now() - began < 2000)
  }
  while (world.of('away').length < 2) await sleep(20)
  await world.waitFor('serving', 2)
  assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
})

test('a key that an operator deletes in one token is carried there again', { skip }, async t => {
  const { world, a, tool } = clusterOf(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const { id } = tokenKeyNameOf(key.binding)
  tool(a, '--delete-object', '--type', 'secrkey', '--id', id)
  for (let calls = 0; calls < 4; calls++)
    assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
  for (let waits = 0; waits < 50 && tool(a, '-O', '--type', 'secrkey') === ''; waits++) await sleep(20)
  assert.match(tool(a, '-O', '--type', 'secrkey'), new RegExp(id))
  assert.match(world.of('away')[0]?.reason ?? '', /destroyed a key/)
})

test('a foreign key that is planted under the name of a key encrypts nothing', { skip }, async t => {
  const { world, a } = clusterOf(t, 2)
  await world.connected()
  const key = await world.makeKey()
  const name = tokenKeyNameOf(key.binding)
  const sealed = await world.encrypt(key)
  await world.client.release(world.store)
  // It has all attributes of the right one.
  const thief = await gateways.open(addressOf(a))
  await thief.login(pinOf(world.password))
  await thief.destroyKey(name)
  await thief.makeKey(name, true)
  await thief.close()
  await world.connected()
  for (let calls = 0; calls < 4; calls++) {
    assert.equal(await world.decrypt(key, sealed), 'secret')
    assert.equal(await world.decrypt(key, await world.encrypt(key)), 'secret')
  }
  assert.deepEqual(
    world.of('keyLost').map(({ token, reason }) => [token, reason]),
    [['hsm-1', 'the key is not the one that was made under its name']],
  )
})
