import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from './errors.ts'
import {
  arnOf,
  cancelDeletion,
  checkAlgorithm,
  checkPendingWindow,
  checkUsage,
  disable,
  enable,
  isDueForDeletion,
  type KmsKey,
  scheduleDeletion,
} from './key.ts'
import type { KeyUsage } from './key-spec.ts'

const day = 24 * 60 * 60 * 1000
const now = Date.UTC(2026, 10, 24)
const key: KmsKey = {
  accountId: '111122223333',
  region: 'us-west-2',
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  keyManager: 'CUSTOMER',
  keyState: 'Enabled',
  description: 'd',
  createdAt: now - day,
  deletionAt: undefined,
  currentKeyMaterialId: '0'.repeat(64),
}
const arn = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

test('a key knows its ARN', () => {
  assert.equal(arnOf(key), arn)
})

describe('transitions (kms-behaviour C.1)', () => {
  test('disabling and enabling change the state alone, and may be repeated', () => {
    assert.deepEqual(disable(key), { ...key, keyState: 'Disabled' })
    assert.deepEqual(disable(disable(key)), { ...key, keyState: 'Disabled' })
    assert.deepEqual(enable(disable(key)), key)
    assert.deepEqual(enable(key), key)
  })

  test('scheduling sets the date, in whole days of 24 hours', () => {
    assert.deepEqual(scheduleDeletion(key, 7, now), {
      ...key,
      keyState: 'PendingDeletion',
      deletionAt: Date.UTC(2026, 11, 1),
    })
  })

  test('cancelling always lands on Disabled, without a date', () => {
    for (const before of [key, disable(key)]) {
      assert.deepEqual(cancelDeletion(scheduleDeletion(before, 30, now)), { ...key, keyState: 'Disabled' })
    }
  })

  test('no transition changes the key it was given', () => {
    const frozen = Object.freeze({ ...key })
    for (const change of [enable, disable, cancelDeletion, (k: KmsKey) => scheduleDeletion(k, 7, now)]) {
      change(frozen)
    }
    assert.deepEqual(frozen, key)
  })

  test('the date is there exactly while the key is pending deletion, and what a key is stays', () => {
    const step = fc.constantFrom(enable, disable, cancelDeletion, (k: KmsKey) => scheduleDeletion(k, 7, now))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), steps => {
        let current = key
        for (const change of steps) {
          // The state table keeps a key that is pending deletion from all but cancelling.
          if (current.keyState === 'PendingDeletion' && change !== cancelDeletion) continue
          current = change(current)
          assert.equal(current.deletionAt !== undefined, current.keyState === 'PendingDeletion')
          const { keyState: _, deletionAt: __, ...rest } = current
          const { keyState: ___, deletionAt: ____, ...original } = key
          assert.deepEqual(rest, original)
        }
      }),
    )
  })
})

describe('the waiting period', () => {
  test('is 30 days when none is given', () => {
    assert.equal(checkPendingWindow(undefined), 30)
  })
  test('may be 7 to 30 days', () => {
    for (let days = 7; days <= 30; days++) assert.equal(checkPendingWindow(days), days)
  })
  for (const days of [-1, 0, 1, 6, 31, 365]) {
    test(`may not be ${days} days`, () => {
      assert.throws(() => checkPendingWindow(days), hasCode('ValidationException'))
    })
  }
})

describe('a key is due', () => {
  const pending = scheduleDeletion(key, 7, now)
  const cases: [string, KmsKey, number, boolean][] = [
    ['not before its date', pending, now + 7 * day - 1, false],
    ['at its date', pending, now + 7 * day, true],
    ['after its date', pending, now + 8 * day, true],
    ['never when it was cancelled', cancelDeletion(pending), now + 100 * day, false],
    ['never when it was not scheduled', key, now + 100 * day, false],
    ['never when disabled, whatever its date', { ...pending, keyState: 'Disabled' }, now + 100 * day, false],
  ]
  for (const [name, candidate, at, expected] of cases) {
    test(name, () => {
      assert.equal(isDueForDeletion(candidate, at), expected)
    })
  }
})

describe('usage and algorithm', () => {
  test('what the key was made for passes', () => {
    assert.doesNotThrow(() => checkUsage(key, 'ENCRYPT_DECRYPT', 'Encrypt'))
    assert.doesNotThrow(() => checkAlgorithm(key, 'SYMMETRIC_DEFAULT', ['SYMMETRIC_DEFAULT']))
  })

  test('another usage is refused in AWS’s words', () => {
    assert.throws(
      () => checkUsage(key, 'KEY_AGREEMENT' as KeyUsage, 'DeriveSharedSecret'),
      hasCode(
        'InvalidKeyUsageException',
        `${arn} key usage is ENCRYPT_DECRYPT which is not valid for DeriveSharedSecret.`,
      ),
    )
  })

  test('another algorithm is refused in AWS’s words', () => {
    assert.throws(
      () => checkAlgorithm(key, 'HMAC_SHA_256', ['SYMMETRIC_DEFAULT']),
      hasCode(
        'InvalidKeyUsageException',
        'Algorithm HMAC_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
      ),
    )
  })
})

function hasCode(code: string, text?: string) {
  return (error: unknown) =>
    error instanceof ServiceError && error.code === code && (text === undefined || error.text === text)
}
