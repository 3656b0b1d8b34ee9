import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { tokenKeyNameOf } from '../../src/hsm/clusters/key-check.ts'
import { attribute } from '../../src/hsm/pkcs11/constants.ts'
import { aesKeyAttributes } from '../../src/hsm/pkcs11/gateway/key-attributes.ts'
import { bytesValue } from '../../src/hsm/pkcs11/structures.ts'
import { StoreWorld } from '../fixtures/hsm/cluster-store.ts'
import { addressOf, gateways } from '../fixtures/hsm/gateways.ts'
import { makeToken, whyNoTokens } from '../fixtures/hsm/softhsm.ts'
import { Thief } from '../fixtures/hsm/thief.ts'

// Somebody who has the PIN of the user puts a key that he knows in the place of one that the server has in use. The token is one of SoftHSM2.

const skip = whyNoTokens
const data = Buffer.from('associated data')

test('a known key in the place of the one in use is not used', { skip }, async t => {
  const token = makeToken('hsm', 'kmsuser-1')
  const events: string[] = []
  const world = new StoreWorld(gateways, [addressOf(token)])
  t.after(() => world.client.close())
  await world.connected('kmsuser-2')
  const key = await world.makeKey()
  await world.encrypt(key)
  const thief = await Thief.enter({ ...token, pin: 'kmsuser-2' })
  const name = tokenKeyNameOf(key.binding)
  const known = randomBytes(32)
  thief.cryptoki.destroyObject(thief.session, thief.find('secret', name.label))
  thief.cryptoki.createObject(thief.session, [
    ...aesKeyAttributes(name, { isLasting: true, isShared: true }),
    [attribute.value, bytesValue(known)],
  ])
  const attempt = () => world.encrypt(key).catch(error => events.push(String(error.code)))
  // The first call finds out that the key is gone, and the second one is in a new process.
  const first = await attempt()
  await world.waitFor('serving', 1)
  const second = await attempt()
  for (const sealed of [first, second]) {
    if (typeof sealed !== 'object') continue
    const decipher = createDecipheriv('aes-256-gcm', known, sealed.iv).setAAD(data)
    decipher.setAuthTag(sealed.ciphertext.subarray(-16))
    assert.fail(`the thief reads ${decipher.update(sealed.ciphertext.subarray(0, -16))}`)
  }
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', known, iv).setAAD(data)
  const forged = Buffer.concat([cipher.update('forged'), cipher.final(), cipher.getAuthTag()])
  await assert.rejects(world.decrypt(key, { iv, ciphertext: forged }), { code: 'KMSInvalidStateException' })
  assert.deepEqual(events, ['KMSInvalidStateException', 'KMSInvalidStateException'])
  assert.match(world.of('keyLost')[0]?.reason ?? '', /not the one that was made under its name/)
})
