import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attribute, mechanism } from '../../src/hsm/pkcs11/constants.ts'
import {
  transportAttributes,
  transportLabel,
  unwrapTemplate,
} from '../../src/hsm/pkcs11/gateway/key-attributes.ts'
import { bool } from '../../src/hsm/pkcs11/structures.ts'
import { openLoggedIn } from '../fixtures/hsm/gateways.ts'
import { makeToken, whyNoTokens } from '../fixtures/hsm/softhsm.ts'
import { Thief } from '../fixtures/hsm/thief.ts'

// Somebody who has the PIN of the user puts a transport key of weaker attributes in the place of the token's.

const skip = whyNoTokens

type Pair = ReturnType<typeof transportAttributes>

/** Changes of the transport key that would open what other tokens wrap under it. */
const weaker: Readonly<Record<string, (all: Pair['private']) => Pair['private']>> = {
  'signs and so decrypts': all => changedIn(all, attribute.signRecover),
  decrypts: all => changedIn(all, attribute.decrypt),
  'can be changed': all => changedIn(all, attribute.modifiable),
  'may leave': all => changedIn(all, attribute.extractable),
  'has no template': all => all.filter(([type]) => type !== attribute.unwrapTemplate),
  'has a weaker template': all =>
    all.map(([type, value]) =>
      type === attribute.unwrapTemplate ? [type, unwrapTemplate.slice(0, -1)] : [type, value],
    ),
}

const changedIn = (all: Pair['private'], changed: number): Pair['private'] =>
  all.map(([type, value]) => [type, type === changed ? bool(true) : value])

test('a transport key in the place of the one of the token must be as good', { skip }, async t => {
  const token = makeToken('hsm', 'kmsuser-1')
  const gateway = await openLoggedIn(t, token)
  const { fingerprint } = await gateway.makeTransportKey()
  const thief = await Thief.enter(token)
  const good = transportAttributes(true)
  const replace = (attributes: Pair['private']) => {
    thief.cryptoki.destroyObject(thief.session, thief.find('private', transportLabel))
    const pair = { ...good, private: attributes }
    thief.cryptoki.generateKeyPair(thief.session, mechanism.rsaPairGeneration, pair)
  }
  for (const [says, change] of Object.entries(weaker)) {
    replace(change(good.private))
    await assert.rejects(gateway.transportKey(), { code: 'UnfitKey' }, says)
  }
  replace(good.private)
  assert.notEqual((await gateway.transportKey())?.fingerprint, fingerprint)
})
