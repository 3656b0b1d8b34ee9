import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { TokenGateway } from '../../src/hsm/clusters/token-gateway.ts'
import { openTokenGateways } from '../../src/hsm/pkcs11/open-tokens.ts'
import { TokenProblem } from '../../src/hsm/pkcs11/problem.ts'
import {
  addressOf,
  fails,
  gateways,
  keyName,
  moveAway,
  openLoggedIn,
  pinOf,
} from '../fixtures/hsm/gateways.ts'
import { addToken, makeToken, officerPin, whyNoTokens } from '../fixtures/hsm/softhsm.ts'

// A token of a cluster that hangs, goes away, or is changed by others.

const skip = whyNoTokens
const data = Buffer.from('associated data')
const name = keyName()

const encrypt = (gateway: TokenGateway, text = 'secret') =>
  gateway.encrypt(name, randomBytes(12), Buffer.from(text), data)

const processOf = (gateway: TokenGateway) => gateway.processId ?? assert.fail('no process')

test('a process that hangs is killed after 2 seconds, and all that waits for it fails', { skip }, async t => {
  const token = makeToken()
  const gateway = await openLoggedIn(t, token)
  await gateway.makeKey(name, false)
  const sealed = await encrypt(gateway)
  const hung = processOf(gateway)
  process.kill(hung, 'SIGSTOP')
  const start = performance.now()
  const waiting = Array.from({ length: 100 }, () => encrypt(gateway))
  const late = await Promise.all(
    [...waiting, gateway.describe()].map(work => work.catch((error: unknown) => error)),
  )
  for (const error of late) {
    assert.ok(error instanceof TokenProblem && error.code === 'Away', String(error))
    assert.match(error.message, /does not answer after 2 seconds/)
  }
  const took = performance.now() - start
  assert.ok(took > 1900 && took < 3500, `${took} ms`)
  assert.equal(gateway.isOpen, false)
  await fails(gateway.random(1), 'Away', /does not answer/)
  const next = await openLoggedIn(t, token)
  assert.notEqual(processOf(next), hung)
  assert.equal(String(await next.decrypt(name, sealed, data)), 'secret')
})

test('the end of a process fails the calls under way and all later ones', { skip }, async t => {
  const gateway = await openLoggedIn(t, makeToken())
  await gateway.makeKey(name, false)
  process.kill(processOf(gateway), 'SIGSTOP')
  const waiting = [encrypt(gateway), gateway.keys(), gateway.random(8)].map(work =>
    fails(work, 'Away', /its process ended with SIGKILL/),
  )
  process.kill(processOf(gateway), 'SIGKILL')
  await Promise.all(waiting)
  assert.equal(gateway.processId, undefined)
  await fails(encrypt(gateway), 'Away', /its process ended with SIGKILL/)
  await fails(gateway.keys(), 'Away', /its process ended with SIGKILL/)
})

test('a token that went away is not a token without the key', { skip }, async t => {
  const token = makeToken()
  // One after the other: a process of SoftHSM2 fails while a login of another one writes the file of the token.
  const [encrypting, looking] = [await openLoggedIn(t, token), await openLoggedIn(t, token)]
  const [listing, destroying] = [await openLoggedIn(t, token), await openLoggedIn(t, token)]
  const decrypting = await openLoggedIn(t, token)
  await encrypting.makeKey(name, false)
  const sealed = await encrypt(encrypting)
  await decrypting.decrypt(name, sealed, data)
  const putBack = await moveAway(token)
  await fails(encrypt(encrypting), 'Away', /./)
  await fails(looking.encrypt(keyName('none'), randomBytes(12), data, data), 'Away', /./)
  await fails(listing.keys(), 'Away', /./)
  await fails(destroying.destroyKey(name), 'Away', /./)
  await fails(decrypting.decrypt(name, sealed, data), 'Away', /./)
  await fails(gateways.open(addressOf(token)), 'Away', /there is no token root/)
  await putBack()
  for (const gateway of [encrypting, looking, listing, destroying, decrypting])
    assert.equal(gateway.isOpen, false)
  const next = await openLoggedIn(t, token)
  assert.equal(String(await next.decrypt(name, sealed, data)), 'secret')
})

test('a PIN that another process changed ends no session, and counts at the next login', {
  skip,
}, async t => {
  const token = makeToken()
  const [gateway, other] = [await openLoggedIn(t, token), await openLoggedIn(t, token)]
  await gateway.makeKey(name, false)
  await fails(
    other.changePin(Buffer.from('not the PIN'), Buffer.from('new-pin-1')),
    'WrongPin',
    /PIN is wrong/,
  )
  await fails(other.changePin(Buffer.from(token.pin), Buffer.from('1')), 'Refused', /C_SetPIN answered/)
  const [old, pin] = [Buffer.from(token.pin), Buffer.from('new-pin-2')]
  await other.changePin(old, pin)
  assert.deepEqual([String(old), String(pin)], [token.pin, 'new-pin-2'])
  const sealed = await encrypt(gateway)
  const next = await gateways.open(addressOf(token))
  t.after(() => next.close())
  const wrong = pinOf(token.pin)
  await fails(next.login(wrong), 'WrongPin', /the PIN is wrong/)
  assert.deepEqual(wrong.events, ['read'])
  const right = pinOf('new-pin-2')
  await next.login(right)
  assert.deepEqual(right.events, ['read', 'right'])
  assert.equal(String(await next.decrypt(name, sealed, data)), 'secret')
})

test('a login that the token could not judge is not counted', { skip }, async t => {
  const token = makeToken()
  const gateway = await gateways.open(addressOf(token))
  t.after(() => gateway.close())
  await moveAway(token)
  const pin = pinOf(token.pin)
  await fails(gateway.login(pin), 'Away', /./)
  assert.deepEqual(pin.events, [])
})

test('a token without a user PIN, and labels that name no token or two, are said as such', {
  skip,
}, async t => {
  const token = makeToken()
  const bare = { ...token, label: 'bare' }
  execFileSync(
    'pkcs11-tool',
    [
      ...['--module', addressOf(token).path, '--init-token', '--slot-index', '1'],
      ...['--label', bare.label, '--so-pin', officerPin],
    ],
    { env: { ...process.env, ...token.environment }, stdio: 'ignore' },
  )
  const gateway = await gateways.open(addressOf(bare))
  t.after(() => gateway.close())
  const pin = pinOf('whatever')
  await fails(gateway.login(pin), 'PinNotSet', /no user PIN/)
  assert.deepEqual(pin.events, [])
  await fails(gateways.open(addressOf({ ...token, label: 'none' })), 'Away', /there is no token none/)
  addToken(token, 'root')
  await fails(gateways.open(addressOf(token)), 'AmbiguousToken', /2 tokens have the label root/)
  await fails(
    gateways.open({ ...addressOf(token), path: '/nonexistent.so' }),
    'NotLoaded',
    /cannot be loaded/,
  )
})

test('many operations at a time each get their own answer', { skip }, async t => {
  const gateway = await openLoggedIn(t, makeToken())
  await gateway.makeKey(name, false)
  const ivs = new Set<string>()
  const work = async (index: number) => {
    for (let turn = 0; turn < 60; turn++) {
      const text = `secret ${index} ${turn} ${'x'.repeat((index * turn) % 4096)}`
      const sealed = await encrypt(gateway, text)
      ivs.add(sealed.iv.toString('hex'))
      assert.equal(String(await gateway.decrypt(name, sealed, data)), text)
      if (turn % 10 === 0) assert.equal((await gateway.random(16)).length, 16)
      if (turn % 20 === 0) assert.equal((await gateway.keys()).length, 1)
    }
  }
  await Promise.all(Array.from({ length: 64 }, (_, index) => work(index)))
  assert.equal(ivs.size, 64 * 60)
})

test('a token with too much to do says that it is busy', { skip }, async t => {
  const gateway = await openTokenGateways({ sessions: 2 }).open(addressOf(makeToken()))
  t.after(() => gateway.close())
  await gateway.login(pinOf('pin-8361-of-tests'))
  await gateway.makeKey(name, false)
  await encrypt(gateway)
  const calls = Array.from({ length: 1100 }, () => encrypt(gateway))
  const answers = await Promise.allSettled(calls)
  const refused = answers.flatMap(answer =>
    answer.status === 'rejected' ? [answer.reason as TokenProblem] : [],
  )
  // Two sessions have 16 requests each, and a thousand wait.
  assert.equal(refused.length, 1100 - 1000 - 32)
  for (const { code } of refused) assert.equal(code, 'Busy')
  await encrypt(gateway)
})

test('a close ends the process, whether or not it is busy', { skip }, async () => {
  const token = makeToken()
  for (const isBusy of [false, true]) {
    const gateway = await gateways.open(addressOf(token))
    await gateway.login(pinOf(token.pin))
    const child = processOf(gateway)
    const waiting = isBusy ? fails(gateway.random(1024), 'Away', /the server stops/) : undefined
    const start = performance.now()
    await gateway.close()
    await waiting
    assert.throws(() => process.kill(child, 0), /ESRCH/)
    // A thread that stays would be killed after 2 seconds.
    assert.ok(performance.now() - start < 1500)
    await fails(gateway.random(1), 'Away', /./)
  }
})
