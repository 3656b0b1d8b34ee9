import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { TokenProblem } from '../../src/hsm/pkcs11/problem.ts'
import { addressOf, fails, gateways, keyName, openLoggedIn, pinOf } from '../fixtures/hsm/gateways.ts'
import { makeToken, pkcs11Tool, whyNoTokens } from '../fixtures/hsm/softhsm.ts'

// A token of a cluster, with SoftHSM2 as the token.

const skip = whyNoTokens
const data = Buffer.from('associated data')

test('a key that is not shared encrypts, and never leaves its token', { skip }, async t => {
  const token = makeToken()
  const gateway = await openLoggedIn(t, token)
  const [name, iv] = [keyName(), randomBytes(12)]
  await gateway.makeKey(name, false)
  const sealed = await gateway.encrypt(name, iv, Buffer.from('secret'), data)
  assert.deepEqual(sealed.iv, iv)
  assert.equal(sealed.ciphertext.length, 6 + 16)
  assert.equal(String(await gateway.decrypt(name, sealed, data)), 'secret')
  // A second implementation says the same of the key.
  const listed = pkcs11Tool(token, '--list-objects', '--type', 'secrkey')
  assert.match(listed, /AES length 32/)
  assert.match(listed, new RegExp(`label: +${name.label}`))
  assert.match(listed, /Access: +sensitive, always sensitive, never extractable, local/)
  assert.match(listed, /Usage: +encrypt, decrypt\n/)
})

test('a ciphertext opens with its key, IV and associated data alone', { skip }, async t => {
  const gateway = await openLoggedIn(t, makeToken())
  const [name, other] = [keyName(), keyName('other')]
  await gateway.makeKey(name, false)
  await gateway.makeKey(other, false)
  const sealed = await gateway.encrypt(name, randomBytes(12), Buffer.from('secret'), data)
  const { iv, ciphertext } = sealed
  const changed = Buffer.from(ciphertext)
  changed.writeUInt8(changed.readUInt8(0) ^ 1)
  for (const wrong of [
    () => gateway.decrypt(other, sealed, data),
    () => gateway.decrypt(name, { iv: randomBytes(12), ciphertext }, data),
    () => gateway.decrypt(name, sealed, Buffer.from('associated date')),
    () => gateway.decrypt(name, { iv, ciphertext: changed }, data),
    () => gateway.decrypt(name, { iv, ciphertext: Buffer.alloc(3) }, data),
  ])
    await fails(wrong(), 'Undecryptable', /does not decrypt/)
  const empty = await gateway.encrypt(name, iv, Buffer.alloc(0), Buffer.alloc(0))
  assert.equal((await gateway.decrypt(name, empty, Buffer.alloc(0))).length, 0)
  const large = randomBytes(4096)
  const more = randomBytes(16_384)
  assert.deepEqual(await gateway.decrypt(name, await gateway.encrypt(name, iv, large, more), more), large)
  await fails(gateway.encrypt(name, iv, large, Buffer.alloc(70_000)), 'Refused', /too long/)
})

test('a token is described before a login, and says who makes its IVs after it', { skip }, async t => {
  const token = makeToken()
  const gateway = await gateways.open(addressOf(token))
  t.after(() => gateway.close())
  const { label, manufacturer, isInitialized, hasUserPin } = await gateway.describe()
  assert.deepEqual(
    { label, manufacturer, isInitialized, hasUserPin },
    { label: 'root', manufacturer: 'SoftHSM project', isInitialized: true, hasUserPin: true },
  )
  await gateway.login(pinOf(token.pin))
  const { make, ivs } = await gateway.abilities()
  assert.match(make, /^SoftHSM project SoftHSM v2 2\.\d+$/)
  assert.equal(ivs, 'given')
  assert.deepEqual(await gateway.keys(), [])
  const [one, two] = [await gateway.random(1024), await gateway.random(1024)]
  assert.equal(one.length, 1024)
  assert.notDeepEqual(one, two)
})

test('a key that was destroyed ends the process, in which nobody may use a key of its name', {
  skip,
}, async t => {
  const token = makeToken()
  const [gateway, other] = [await openLoggedIn(t, token), await openLoggedIn(t, token)]
  const name = keyName()
  const use = () => gateway.encrypt(name, randomBytes(12), Buffer.from('secret'), data)
  await fails(use(), 'NoKey', /does not have the key/)
  await gateway.destroyKey(name)
  await gateway.makeKey(name, false)
  const sealed = await use()
  await other.destroyKey(name)
  await other.makeKey(name, false)
  await fails(use(), 'Away', /destroyed a key/)
  assert.equal(gateway.isOpen, false)
  await fails(use(), 'Away', /destroyed a key/)
  await fails(other.decrypt(name, sealed, data), 'Undecryptable', /does not decrypt/)
  await fails(other.makeKey(name, false), 'SeveralKeys', /several keys/)
})

test('a token that nobody needs any more is not opened', { skip }, async () => {
  const opened = gateways.open(addressOf(makeToken()), AbortSignal.abort())
  const opening = opened.then(gateway => gateway.close())
  await assert.rejects(opening, (error: unknown) => error instanceof TokenProblem && error.code === 'Away')
})

test('a token with many keys lists all of them', { skip }, async t => {
  const gateway = await openLoggedIn(t, makeToken())
  const labels = Array.from({ length: 205 }, (_, index) => `key ${index}`)
  await Promise.all(labels.map(label => gateway.makeKey(keyName(label), false)))
  const listed = (await gateway.keys()).map(key => key.label)
  assert.deepEqual(listed.toSorted(), labels.toSorted())
})
