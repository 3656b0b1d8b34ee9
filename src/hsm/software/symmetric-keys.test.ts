import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { after, test } from 'node:test'
import { atOnce } from '../../../test/fixtures/async/at-once.ts'
import { randomBytes } from '../../std/index.ts'
import { Xaes256Gcm } from '../cipher/xaes-256-gcm.ts'
import { KeyMaterialProblem, SealBroken } from '../problems.ts'
import {
  flipped,
  handleOf,
  isNotOpened,
  makeTestHsm,
  newKey,
  otherAccountId,
  otherKeyId,
  otherRegion,
  ownerOf,
} from '../samples.test.ts'

const { hsm, restarted } = makeTestHsm()
after(() => hsm.close())

const owner = ownerOf('SYMMETRIC_DEFAULT')
const data = Buffer.from('context')
const message = Buffer.from('message')

test('a key decrypts its own ciphertexts, here and after a restart', async () => {
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = atOnce(hsm.encrypt(key, message, data))
  assert.equal(sealed.length, message.length + 40)
  assert.notDeepEqual(atOnce(hsm.encrypt(key, message, data)), sealed)
  for (const one of [hsm, restarted()]) assert.deepEqual(atOnce(one.decrypt(key, sealed, data)), message)
})

test('a different key, different data or a flipped bit breaks the seal', async () => {
  const [key, other] = [await newKey(hsm, 'SYMMETRIC_DEFAULT'), await newKey(hsm, 'SYMMETRIC_DEFAULT')]
  const sealed = atOnce(hsm.encrypt(key, message, data))
  assert.throws(() => atOnce(hsm.decrypt(other, sealed, data)), SealBroken)
  assert.throws(() => atOnce(hsm.decrypt(key, sealed, message)), SealBroken)
  assert.throws(() => atOnce(hsm.decrypt(key, flipped(sealed, 50 % sealed.length), data)), SealBroken)
})

test('imported key material is the key that encrypts, and the given buffer is wiped', () => {
  const material = randomBytes(32)
  const given = Buffer.from(material)
  const key = handleOf(owner, hsm.importKeyMaterial(owner, given))
  assert.deepEqual(given, Buffer.alloc(32))
  const sealed = atOnce(hsm.encrypt(key, message, data))
  assert.deepEqual(new Xaes256Gcm(createSecretKey(material)).open(sealed, data), message)
})

test('key material of the wrong size is refused, and wiped too', () => {
  for (const size of [0, 16, 31, 33, 64]) {
    const given = Buffer.alloc(size, 1)
    assert.throws(
      () => hsm.importKeyMaterial(owner, given),
      (error: unknown) => error instanceof KeyMaterialProblem && error.message.includes(`has ${size}.`),
    )
    assert.deepEqual(given, Buffer.alloc(size))
  }
})

test('a forgotten key is opened again from its token, and no other key is forgotten', async () => {
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const others = [
    await newKey(hsm, 'SYMMETRIC_DEFAULT', { keyId: otherKeyId }),
    await newKey(hsm, 'SYMMETRIC_DEFAULT', { accountId: otherAccountId }),
    await newKey(hsm, 'SYMMETRIC_DEFAULT', { region: otherRegion }),
  ]
  for (const one of [key, ...others]) atOnce(hsm.encrypt(one, message, data))
  // An open key does not notice that its token is spoilt, except for the first byte, which finds its backend.
  for (const { keyToken } of [key, ...others]) keyToken.fill(0, 1)
  for (const one of [key, ...others]) atOnce(hsm.encrypt(one, message, data))
  hsm.forget(owner, owner.keyId)
  isNotOpened(() => atOnce(hsm.encrypt(key, message, data)))
  for (const one of others) atOnce(hsm.encrypt(one, message, data))
  // A key that was never open can be forgotten.
  hsm.forget({ accountId: '999999999999', region: 'eu-west-1' }, owner.keyId)
})

test('a closed HSM does nothing more', async () => {
  const { hsm } = makeTestHsm()
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = atOnce(hsm.encrypt(key, message, data))
  const secret = hsm.wrapSecret('AKIA1', message)
  hsm.close()
  isNotOpened(() => atOnce(hsm.encrypt(key, message, data)))
  isNotOpened(() => atOnce(hsm.decrypt(key, sealed, data)))
  await assert.rejects(hsm.generateKeyMaterial(owner))
  assert.throws(() => hsm.wrapSecret('AKIA1', message))
  assert.throws(() => hsm.unwrapSecret('AKIA1', secret))
})

test('more keys than stay open all work', async () => {
  const keys = await Promise.all(Array.from({ length: 10_100 }, () => newKey(hsm, 'SYMMETRIC_DEFAULT')))
  const sealed = keys.map(key => atOnce(hsm.encrypt(key, message, data)))
  for (const [index, key] of keys.entries()) {
    assert.deepEqual(atOnce(hsm.decrypt(key, sealed[index] ?? message, data)), message)
  }
})
