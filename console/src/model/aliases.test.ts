import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAliasName, isAliasName } from '../../../src/domain/index.ts'
import { aliasFault, aliasNameOf, moveFault } from './aliases.ts'

test('the prefix of an alias may be typed or not', () => {
  for (const text of ['orders', 'alias/orders', ' orders ']) assert.equal(aliasNameOf(text), 'alias/orders')
  assert.equal(aliasNameOf('alias/alias/orders'), 'alias/alias/orders')
})

// AWS KMS API reference, CreateAlias: alias/ and letters, digits, / _ -; at most 256 characters; alias/aws/ is reserved.
test('a name that AWS KMS would refuse has a reason', () => {
  for (const text of ['', 'alias/', 'aws/mine', 'alias/aws/mine', 'a b', 'ä', 'x'.repeat(251), 'a\nb'])
    assert.notEqual(aliasFault(text), undefined, text)
  for (const text of ['orders', 'a/b_c-1', 'awsome', 'x'.repeat(250)])
    assert.equal(aliasFault(text), undefined, text)
})

test('an alias has no fault if the server takes it', () => {
  const isTaken = (typed: string) => {
    try {
      checkAliasName(aliasNameOf(typed))
      return aliasNameOf(typed).length <= 256 && isAliasName(aliasNameOf(typed))
    } catch {
      return false
    }
  }
  const typed = [
    'orders',
    'a/b_c-D9',
    'alias/x',
    '',
    'alias/',
    'aws/x',
    'alias/aws/x',
    'awsome',
    'a b',
    'ä',
    '<b>',
  ]
  for (const text of [...typed, 'a:b', 'x'.repeat(250), 'x'.repeat(251), 'a.b'])
    assert.equal(aliasFault(text) === undefined, isTaken(text), text)
})

// AWS KMS API reference, UpdateAlias: both keys have the same type (symmetric, asymmetric or HMAC) and the same key usage.
test('an alias stays with one type of key and one key usage', () => {
  const key = (KeyId: string, KeySpec: string, KeyUsage: string) =>
    ({ KeyId, KeySpec, KeyUsage }) as Parameters<typeof moveFault>[0]
  const symmetric = key('1', 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')
  const fault = (from: typeof symmetric, to: typeof symmetric) => moveFault(from, to) ?? ''
  assert.equal(fault(symmetric, key('2', 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')), '')
  assert.equal(fault(key('1', 'RSA_2048', 'SIGN_VERIFY'), key('2', 'ECC_NIST_P256', 'SIGN_VERIFY')), '')
  assert.equal(
    fault(key('1', 'HMAC_224', 'GENERATE_VERIFY_MAC'), key('2', 'HMAC_512', 'GENERATE_VERIFY_MAC')),
    '',
  )
  assert.match(fault(symmetric, key('2', 'RSA_2048', 'ENCRYPT_DECRYPT')), /different type/)
  assert.match(
    fault(key('1', 'RSA_2048', 'SIGN_VERIFY'), key('2', 'RSA_2048', 'ENCRYPT_DECRYPT')),
    /key usage/,
  )
  assert.match(fault(symmetric, symmetric), /already/)
})
