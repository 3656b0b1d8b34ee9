import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { TokenGateway } from '../../src/hsm/clusters/token-gateway.ts'
import { mechanism } from '../../src/hsm/pkcs11/constants.ts'
import type { Mechanism } from '../../src/hsm/pkcs11/cryptoki.ts'
import { oaepParameters } from '../../src/hsm/pkcs11/structures.ts'
import {
  addressOf,
  fails,
  gateways,
  keyName,
  openLoggedIn,
  pinOf,
  trustEachOther,
} from '../fixtures/hsm/gateways.ts'
import { makeToken, officerPin, pkcs11Tool, type SoftToken, whyNoTokens } from '../fixtures/hsm/softhsm.ts'
import { refusalOf, Thief } from '../fixtures/hsm/thief.ts'

// A key that several tokens share. The answers to a thief are those of the reference on SoftHSM2, whose numbers are of PKCS#11.

const skip = whyNoTokens
const data = Buffer.from('associated data')

interface Side {
  readonly token: SoftToken
  readonly gateway: TokenGateway
}

async function open(t: TestContext, label: string): Promise<Side> {
  const token = makeToken(label)
  return { token, gateway: await openLoggedIn(t, token) }
}

/** Carries a key from one token to another. */
async function carry(from: Side, to: Side, name = keyName()): Promise<void> {
  const key = await to.gateway.transportKey()
  await to.gateway.unwrapKey(name, await from.gateway.wrapKey(name, key?.fingerprint ?? ''))
}

test('a shared key goes from token to token, and each opens what another has sealed', { skip }, async t => {
  const [a, b, c] = [await open(t, 'a'), await open(t, 'b'), await open(t, 'c')]
  await trustEachOther(a, b, c)
  const name = keyName()
  await a.gateway.makeKey(name, true)
  await carry(a, b)
  await carry(b, c)
  const sealed = await a.gateway.encrypt(name, randomBytes(12), Buffer.from('secret'), data)
  for (const { gateway } of [a, b, c])
    assert.equal(String(await gateway.decrypt(name, sealed, data)), 'secret')
  const back = await c.gateway.encrypt(name, randomBytes(12), Buffer.from('again'), data)
  assert.equal(String(await a.gateway.decrypt(name, back, data)), 'again')
  await fails(b.gateway.unwrapKey(name, Buffer.alloc(384)), 'Refused', /C_UnwrapKey answered with 0x/)
  await fails(carry(a, b), 'SeveralKeys', /several keys/)
  assert.equal(String(await b.gateway.decrypt(name, sealed, data)), 'secret')
})

test('the keys of a token are listed with their attributes', { skip }, async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  await trustEachOther(a, b)
  await a.gateway.makeKey(keyName('shared'), true)
  await a.gateway.makeKey(keyName('single'), false)
  await carry(a, b, keyName('shared'))
  const [other, own] = [await b.gateway.transportKey(), await a.gateway.transportKey()]
  const keys = await a.gateway.keys()
  const named = (label: string) => keys.find(key => key.label === label) ?? assert.fail(`no key ${label}`)
  const uses = { encrypt: true, decrypt: true, wrap: false, unwrap: false, sign: false, verify: false }
  const limits = { private: true, sensitive: true, modifiable: false, copyable: false, derive: false }
  const made = { local: true, alwaysSensitive: true, trusted: false }
  const { flags, ...shared } = named('shared')
  const { id } = keyName('shared')
  assert.deepEqual(shared, { label: 'shared', id, class: 'secret', type: 'AES' })
  const leaves = { extractable: true, neverExtractable: false, wrapWithTrusted: true }
  const stays = { extractable: false, neverExtractable: true, wrapWithTrusted: false }
  assert.deepEqual(flags, { ...uses, ...limits, ...made, ...leaves })
  assert.deepEqual(named('single').flags, { ...uses, ...limits, ...made, ...stays })
  const [copy] = (await b.gateway.keys()).filter(key => key.label === 'shared')
  assert.deepEqual(copy?.flags, {
    ...{ ...uses, ...limits, ...made, ...leaves },
    ...{ local: false, alwaysSensitive: false },
  })
  assert.deepEqual(
    [named('keyward-transport').fingerprint, named('keyward-transport').flags.decrypt],
    [own?.fingerprint, false],
  )
  const trusted = named('trusted 1')
  assert.deepEqual(
    [trusted.class, trusted.type, trusted.fingerprint, trusted.flags.trusted, trusted.flags.private],
    ['public', 'RSA', other?.fingerprint, true, false],
  )
  assert.equal(other?.modulus.length, 384)
  assert.deepEqual(other?.exponent, Buffer.from([1, 0, 1]))
  assert.match(pkcs11Tool(a.token, '--list-objects', '--type', 'privkey'), /never extractable, local/)
})

test('a key leaves for a trusted token alone, and a key that is not shared for none', { skip }, async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  assert.equal(await a.gateway.transportKey(), undefined)
  const key = await b.gateway.makeTransportKey()
  assert.deepEqual(await b.gateway.transportKey(), key)
  await fails(b.gateway.makeTransportKey(), 'SeveralKeys', /several keys keyward-transport/)
  const [shared, single] = [keyName('shared'), keyName('single')]
  await a.gateway.makeKey(shared, true)
  await a.gateway.makeKey(single, false)
  await fails(a.gateway.wrapKey(shared, key.fingerprint), 'NotTrusted', /does not trust/)
  const ceremony = await gateways.openCeremony(addressOf(a.token))
  const wrong = pinOf('wrong')
  await fails(ceremony.login(wrong), 'WrongPin', /the PIN is wrong/)
  assert.deepEqual(wrong.events, ['read'])
  await ceremony.login(pinOf(officerPin))
  await ceremony.trust(key, 'b')
  await ceremony.close()
  await fails(a.gateway.wrapKey(single, key.fingerprint), 'Refused', /C_WrapKey answered with 0x6a/)
  await fails(a.gateway.wrapKey(keyName('none'), key.fingerprint), 'NoKey', /does not have the key/)
  assert.equal((await a.gateway.wrapKey(shared, key.fingerprint)).length, 384)
  assert.equal(await a.gateway.leak(), undefined)
  // The tries leave nothing.
  assert.deepEqual((await a.gateway.keys()).map(each => each.label).sort(), ['b', 'shared', 'single'])
})

const oaep: Mechanism = { type: mechanism.rsaOaep, parameter: () => oaepParameters() }
const aesWraps: readonly Mechanism[] = [{ type: mechanism.aesKeyWrap }, { type: mechanism.aesKeyWrapPad }]

/** CKR_KEY_NOT_WRAPPABLE, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT, CKR_ACTION_PROHIBITED and CKR_KEY_FUNCTION_NOT_PERMITTED. */
const [notWrappable, readOnly, inconsistent, prohibited, notPermitted] = [0x69, 0x10, 0xd1, 0x1b, 0x68]

test('a thief of the user PIN takes a shared key out in no way', { skip }, async t => {
  const [a, b] = [await open(t, 'a'), await open(t, 'b')]
  await trustEachOther(a, b)
  await a.gateway.makeKey(keyName('shared'), true)
  await b.gateway.makeKey(keyName('other'), true)
  const { fingerprint = '' } = (await a.gateway.transportKey()) ?? {}
  const wrapped = await b.gateway.wrapKey(keyName('other'), fingerprint)
  const thief = await Thief.enter(a.token)
  const [shared, transport] = [thief.find('secret', 'shared'), thief.find('private', 'keyward-transport')]
  wrapsUnderNoKey(thief, shared, transport)
  unwrapsNoWeakKey(thief, transport, wrapped)
  for (const key of [shared, transport]) {
    assert.equal(
      refusalOf(() => thief.copy(key)),
      prohibited,
    )
    assert.equal(
      refusalOf(() => thief.copy(key, { sensitive: false })),
      prohibited,
    )
    assert.equal(thief.valueOf(key), undefined)
  }
  for (const values of [{ sensitive: false }, { wrapWithTrusted: false }, { derive: true }, { wrap: true }])
    assert.equal(
      refusalOf(() => thief.set(shared, values)),
      prohibited,
    )
  for (const values of [{ decrypt: true }, { sensitive: false }, { extractable: true }])
    assert.equal(
      refusalOf(() => thief.set(transport, values)),
      prohibited,
    )
})

function wrapsUnderNoKey(thief: Thief, shared: bigint, transport: bigint): void {
  const { rsa, modulus, kek, knownKek, free } = thief.makeKeys()
  const ways: readonly (readonly [how: Mechanism, under: bigint])[] = [
    [oaep, rsa.public],
    [{ type: mechanism.rsaPkcs }, rsa.public],
    ...aesWraps.flatMap(how => [[how, kek] as const, [how, knownKek] as const]),
  ]
  for (const [how, under] of ways) {
    // A key without these attributes leaves in each of the ways.
    assert.ok(thief.wrap(how, under, free).length > 32)
    assert.equal(
      refusalOf(() => thief.wrap(how, under, shared)),
      notWrappable,
    )
    assert.ok(refusalOf(() => thief.wrap(how, under, transport)) > 0)
  }
  assert.equal(
    refusalOf(() => thief.makeTrusted(modulus)),
    readOnly,
  )
  assert.equal(
    refusalOf(() => thief.set(rsa.public, { trusted: true })),
    readOnly,
  )
}

function unwrapsNoWeakKey(thief: Thief, transport: bigint, wrapped: Buffer): void {
  const unwrap = (values: Parameters<Thief['unwrap']>[3]) =>
    refusalOf(() => thief.unwrap(oaep, transport, wrapped, values))
  const limits = { sensitive: true, extractable: true, wrapWithTrusted: true }
  assert.equal(unwrap(limits), 0)
  for (const weak of [
    { ...limits, sensitive: false },
    { ...limits, wrapWithTrusted: false },
    { extractable: true, wrapWithTrusted: true },
    { sensitive: true, extractable: true },
    {},
  ])
    assert.equal(unwrap(weak), inconsistent)
  const decrypt = () => thief.cryptoki.decrypt(thief.session, oaep, transport, wrapped)
  assert.equal(refusalOf(decrypt), notPermitted)
}
