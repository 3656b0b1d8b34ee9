import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { after, test } from 'node:test'
import { OperatorError, randomBytes } from '../../std/index.ts'
import { openHsm } from '../open-hsm.ts'
import { flipped, makeTestHsm, ownerOf } from '../samples.test.ts'

const { hsm, rootKey, domainKeys } = makeTestHsm()
after(() => hsm.close())

const owner = ownerOf('SYMMETRIC_DEFAULT')

test('a different root key, or an altered domain key, is reported to the operator', () => {
  const isReported = (key: KeyObject, keys: typeof domainKeys) =>
    assert.throws(
      () => openHsm(key, keys),
      (error: unknown) => error instanceof OperatorError && /root key|do not verify/.test(error.message),
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

test('key material is not made for a region without a domain key', async () => {
  await assert.rejects(hsm.generateKeyMaterial({ ...owner, region: 'ap-south-1' }), /no domain key/)
})
