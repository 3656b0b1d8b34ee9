import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isXksUriPath, xksAssociatedData, xksIntegrityValue } from './xks-proxy-api.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('the integrity value is that of the specification’s appendix C', () => {
  const value = xksIntegrityValue(Buffer.from('project=nile,department=marketing'), {
    metadata: Buffer.from('key_version=1'),
    initializationVector: hex('1c ca e5 47 0f 39 70 02 54 77 90 31'),
    ciphertext: hex('82 1c 64 2b 5b 71 78 33 67 de af 18'),
    authenticationTag: hex('bc 1c 4d da 77 07 d6 81 24 47 c5 95 5e 99 b2 61'),
  })
  assert.equal(value.toString('base64'), 'qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=')
})

test('associated data has the lengths of its parts', () => {
  const nothing = Buffer.alloc(0)
  assert.deepEqual(xksAssociatedData(nothing, nothing), hex('00 00 00'))
  assert.deepEqual(xksAssociatedData(Buffer.from('ab'), Buffer.from('c')), hex('00 02 61 62 01 63'))
  assert.deepEqual(xksAssociatedData(Buffer.alloc(8192, 1), nothing).subarray(0, 2), hex('20 00'))
})

test('a path of a proxy has an optional prefix', () => {
  for (const path of ['/kms/xks/v1', '/a/kms/xks/v1', '/a-b_C/9/kms/xks/v1'])
    assert.ok(isXksUriPath(path), path)
  for (const path of [
    '',
    'kms/xks/v1',
    '/kms/xks/v2',
    '/kms/xks/v1/',
    '/ä/kms/xks/v1',
    `/${'a'.repeat(117)}/kms/xks/v1`,
  ])
    assert.ok(!isXksUriPath(path), path)
})
