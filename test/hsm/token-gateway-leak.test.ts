import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attribute } from '../../src/hsm/pkcs11/constants.ts'
import type { Cryptoki } from '../../src/hsm/pkcs11/cryptoki.ts'
import { findLeak } from '../../src/hsm/pkcs11/gateway/leak.ts'
import { makeToken, whyNoTokens } from '../fixtures/hsm/softhsm.ts'
import { Thief } from '../fixtures/hsm/thief.ts'

// Tokens that ignore attributes: SoftHSM2, which does not get some attributes of the keys that it makes.

type Attributes = readonly (readonly [type: number, value: unknown])[]

const isTemplate = (value: unknown): value is Attributes =>
  Array.isArray(value) && value.every(each => Array.isArray(each) && typeof each[0] === 'number')

/** Returns the values that a library gets without some attributes of the keys, and of those in a pair. */
function without(types: readonly number[], value: unknown): unknown {
  if (isTemplate(value)) return value.filter(([type]) => !types.includes(type))
  if (typeof value !== 'object' || value === null || !('private' in value)) return value
  return { ...value, private: without(types, value.private) }
}

/** Returns a library that loses attributes in one of its functions. */
function losing(
  cryptoki: Cryptoki,
  name: 'generateKey' | 'generateKeyPair',
  types: readonly number[],
): Cryptoki {
  return new Proxy(cryptoki, {
    get(target, member) {
      const found: unknown = Reflect.get(target, member, target)
      if (typeof found !== 'function') return found
      const lost = member === name ? types : []
      return (...given: unknown[]): unknown =>
        Reflect.apply(found, target, lost.length === 0 ? given : given.map(each => without(lost, each)))
    },
  })
}

test('a token that loses an attribute of its keys is found out, and keeps nothing of the tries', {
  skip: whyNoTokens,
}, async () => {
  const token = makeToken()
  const { cryptoki, session } = await Thief.enter(token)
  const slot = cryptoki.slots()[0] ?? 0n
  const leakOf = (changed: Cryptoki) => findLeak({ cryptoki: changed, slot, session })
  assert.equal(leakOf(cryptoki), undefined)
  const { wrapWithTrusted, modifiable, copyable, sensitive, unwrapTemplate, decrypt } = attribute
  const lost = [
    ['generateKey', [wrapWithTrusted], 'a shared key leaves under an untrusted RSA key'],
    ['generateKey', [sensitive], 'a shared key shows its value'],
    ['generateKey', [modifiable], 'derive of a shared key can become true'],
    ['generateKey', [copyable], undefined],
    ['generateKey', [copyable, modifiable], 'derive of a shared key can become true'],
    ['generateKeyPair', [unwrapTemplate], 'an unwrapped key may be not sensitive'],
    ['generateKeyPair', [modifiable], 'the transport key can become one that decrypts'],
    ['generateKeyPair', [decrypt], 'the transport key decrypts'],
  ] as const
  for (const [name, types, leak] of lost) assert.equal(leakOf(losing(cryptoki, name, types)), leak)
  assert.deepEqual(cryptoki.find(session, []), [])
})
