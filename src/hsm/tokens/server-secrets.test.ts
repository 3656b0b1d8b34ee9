import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SealBroken } from '../problems.ts'
import { flipped, makeTestHsm } from '../samples.test.ts'

const { hsm, restarted } = makeTestHsm()
after(() => hsm.close())

test('a secret opens only under the name that it was wrapped with, here and after a restart', () => {
  const secret = Buffer.from('secret')
  const wrapped = hsm.wrapSecret('AKIA1', secret)
  assert.ok(!wrapped.includes(secret))
  for (const one of [hsm, restarted()]) assert.deepEqual(one.unwrapSecret('AKIA1', wrapped), secret)
  assert.throws(() => hsm.unwrapSecret('AKIA2', wrapped), SealBroken)
  assert.throws(() => hsm.unwrapSecret('', wrapped), SealBroken)
  for (let index = 0; index < wrapped.length; index++) {
    assert.throws(() => hsm.unwrapSecret('AKIA1', flipped(wrapped, index)), SealBroken)
  }
})
