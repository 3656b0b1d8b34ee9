import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OperatorError } from '../../../std/index.ts'
import { reasonOf } from './closed-addresses.ts'

/** The error of a listener, with the code of the system. */
const failed = (code: string) =>
  new OperatorError(`listen ${code}`, { cause: Object.assign(new Error(code), { code }) })

test('each error of the system is about one address, and no other error is', () => {
  for (const [code, expected] of [
    ['EADDRNOTAVAIL', 'AddressNotAvailable'],
    // A kernel without IPv6.
    ['EAFNOSUPPORT', 'AddressNotAvailable'],
    ['EADDRINUSE', 'AddressInUse'],
    ['EACCES', 'PermissionDenied'],
    ['EMFILE', 'ListenFailed'],
  ] as const) {
    const { address, code: given, message } = reasonOf(failed(code), 'fd00::5', 443)
    assert.deepEqual([address, given], ['fd00::5', expected])
    assert.ok(message.length > 10, message)
  }
  const other = new TypeError('a mistake')
  assert.throws(() => reasonOf(other, 'fd00::5', 443), other)
})
