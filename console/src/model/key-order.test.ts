import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOrder, writeOrder } from './key-order.ts'

test('an address keeps an order, and has none for that of the console of AWS', () => {
  for (const by of ['Alias', 'KeyId', 'CreationDate', 'KeySpec'] as const)
    for (const isDescending of [false, true])
      assert.deepEqual(readOrder(writeOrder({ by, isDescending })), { by, isDescending })
  assert.deepEqual(writeOrder({ by: 'Alias', isDescending: false }), {})
})

test('an address with an unknown order has that of aliases', () => {
  for (const sort of ['', '-', '--KeyId', 'keyId', 'constructor'])
    assert.deepEqual(readOrder({ sort }), { by: 'Alias', isDescending: false }, sort)
})
