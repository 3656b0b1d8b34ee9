import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { after, test } from 'node:test'
import { OperatorError, randomBytes } from '../../std/index.ts'
import { openHsm } from '../open-hsm.ts'
import { flipped, handleOf, isNotOpened, makeTestHsm, newKey, ownerOf } from '../samples.test.ts'
import { DomainKeys } from './domain-keys.ts'

const { hsm, rootKey, domainKeys, restarted } = makeTestHsm()
after(() => hsm.close())

const owner = ownerOf('SYMMETRIC_DEFAULT')
const data = Buffer.from('context')
const message = Buffer.from('message')

test('a different root key, or an altered domain key, is reported to the operator', () => {
  const isReported = (key: KeyObject, keys: typeof domainKeys) =>
    assert.throws(
      () => openHsm(key, keys),
      (error: unknown) => error instanceof OperatorError && /root key/.test(error.message),
    )
  isReported(createSecretKey(randomBytes(32)), domainKeys)
  const [first, second, third] = domainKeys
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  for (let index = 0; index < first.wrapped.length; index++) {
    isReported(rootKey, [{ ...first, wrapped: flipped(first.wrapped, index) }, second, third])
  }
  // The rows are swapped between domains, or have a different id.
  isReported(rootKey, [first, { ...second, domain: third.domain }, third])
  isReported(rootKey, [first, { ...second, wrapped: third.wrapped }, third])
  isReported(rootKey, [first, { ...second, domainKeyId: third.domainKeyId }, third])
})

test('tokens of a replaced domain key still open', async () => {
  const key = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const sealed = hsm.encrypt(key, message, data)
  const newer = openHsm(rootKey, [...domainKeys, DomainKeys.generate(rootKey, owner.region)])
  assert.deepEqual(newer.decrypt(key, sealed, data), message)
  const handle = handleOf(owner, await newer.generateKeyMaterial(owner))
  assert.notDeepEqual(handle.keyToken.subarray(1, 17), key.keyToken.subarray(1, 17))
  assert.deepEqual(newer.decrypt(handle, newer.encrypt(handle, message, data), data), message)
  isNotOpened(() => restarted().encrypt(handle, message, data))
})

test('key material is not made for a region without a domain key', async () => {
  await assert.rejects(hsm.generateKeyMaterial({ ...owner, region: 'ap-south-1' }), /no domain key/)
})
