import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  beginWaitingPeriod,
  cancelDeletion as cancelWith,
  checkPendingWindow,
  isDueForDeletion,
  scheduleDeletion,
} from './deletion.ts'
import {
  algorithmsOf,
  arnOf,
  beginTransition,
  checkAlgorithm,
  checkOrigin,
  checkUsage,
  disable,
  enable,
  endTransition,
  type KmsKey,
  newKey,
} from './key.ts'
import type { KeyUsage } from './key-spec.ts'
import { arn, dayMillis, is, keyOf, materialOf, now } from './samples.test.ts'

const day = dayMillis
const key = keyOf()
const cancelDeletion = (pending: KmsKey) => cancelWith(pending, [materialOf('0')])

test('arnOf returns the ARN of a key', () => {
  assert.equal(arnOf(key), arn)
})

describe('transitions (AWS KMS developer guide, "Key states of AWS KMS keys")', () => {
  test('disabling and enabling change only the state, and may be repeated', () => {
    assert.deepEqual(disable(key), { ...key, keyState: 'Disabled' })
    assert.deepEqual(disable(disable(key)), { ...key, keyState: 'Disabled' })
    assert.deepEqual(enable(disable(key)), key)
    assert.deepEqual(enable(key), key)
  })

  test('scheduling sets the date, in whole days of 24 hours', () => {
    assert.deepEqual(scheduleDeletion(key, 7, now, false), {
      ...key,
      keyState: 'PendingDeletion',
      deletionAt: Date.UTC(2026, 11, 1),
    })
  })

  test('cancelling always makes the key Disabled, without a date', () => {
    for (const before of [key, disable(key)]) {
      assert.deepEqual(cancelDeletion(scheduleDeletion(before, 30, now, false)), {
        ...key,
        keyState: 'Disabled',
      })
    }
  })

  // Recorded from AWS.
  test('cancelling makes the key PendingImport if imported key material is missing', () => {
    const external = keyOf({ origin: 'EXTERNAL' })
    const pending = scheduleDeletion(external, 7, now, false)
    for (const materials of [[], [materialOf('0', { keyToken: undefined })]]) {
      assert.deepEqual(cancelWith(pending, materials), { ...external, keyState: 'PendingImport' })
    }
    assert.deepEqual(cancelWith(pending, [materialOf('0')]), { ...external, keyState: 'Disabled' })
  })

  test('no transition changes the object that it was given', () => {
    const frozen = Object.freeze({ ...key })
    for (const change of [
      enable,
      disable,
      cancelDeletion,
      (k: KmsKey) => scheduleDeletion(k, 7, now, false),
    ]) {
      change(frozen)
    }
    assert.deepEqual(frozen, key)
  })

  test('a key has a deletion date exactly while it is pending deletion, and its other properties stay', () => {
    const step = fc.constantFrom(enable, disable, cancelDeletion, (k: KmsKey) =>
      scheduleDeletion(k, 7, now, false),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), steps => {
        let current = key
        for (const change of steps) {
          // The state table allows only cancelling for a key that is pending deletion.
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
      assert.throws(() => checkPendingWindow(days), is('ValidationException'))
    })
  }
})

describe('a key is due', () => {
  const pending = scheduleDeletion(key, 7, now, false)
  const cases: [string, KmsKey, number, boolean][] = [
    ['not before its date', pending, now + 7 * day - 1, false],
    ['at its date', pending, now + 7 * day, true],
    ['after its date', pending, now + 8 * day, true],
    ['never after its deletion was cancelled', cancelDeletion(pending), now + 100 * day, false],
    ['never if its deletion was not scheduled', key, now + 100 * day, false],
    ['never when disabled, whatever its date', { ...pending, keyState: 'Disabled' }, now + 100 * day, false],
  ]
  for (const [name, candidate, at, expected] of cases) {
    test(name, () => {
      assert.equal(isDueForDeletion(candidate, at), expected)
    })
  }
})

describe('usage and algorithm', () => {
  test('the usage and the algorithm of the key pass', () => {
    assert.doesNotThrow(() => checkUsage(key, 'ENCRYPT_DECRYPT', 'Encrypt'))
    assert.doesNotThrow(() => checkAlgorithm(key, 'SYMMETRIC_DEFAULT'))
  })

  test('a different usage is refused in AWS’s words', () => {
    assert.throws(
      () => checkUsage(key, 'KEY_AGREEMENT' as KeyUsage, 'DeriveSharedSecret'),
      is(
        'InvalidKeyUsageException',
        `${arn} key usage is ENCRYPT_DECRYPT which is not valid for DeriveSharedSecret.`,
      ),
    )
  })

  test('a different algorithm is refused in AWS’s words', () => {
    assert.throws(
      () => checkAlgorithm(key, 'HMAC_SHA_256'),
      is(
        'InvalidKeyUsageException',
        'Algorithm HMAC_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
      ),
    )
  })
})

describe('a new key (AWS KMS developer guide, "Key states of AWS KMS keys")', () => {
  const { accountId, region, keyId, keySpec, keyUsage, createdAt } = key
  const make = (origin: KmsKey['origin']) =>
    newKey({ accountId, region, keyId, keySpec, keyUsage, origin, createdAt })

  test('is Enabled with key material made here, and otherwise waits for imported key material', () => {
    assert.equal(make('AWS_KMS').keyState, 'Enabled')
    assert.equal(make('EXTERNAL').keyState, 'PendingImport')
  })

  test('has only the properties that it was made with', () => {
    const expected = { ...key, description: '', currentKeyMaterialId: undefined }
    assert.deepEqual(make('AWS_KMS'), expected)
  })
})

describe('a primary with replicas (AWS KMS developer guide, "Key states of AWS KMS keys" and "Delete an AWS KMS key")', () => {
  const primary = keyOf({ primaryRegion: key.region })
  const waiting = scheduleDeletion(primary, 10, now, true)

  test('waits for its replicas first: it has a window and no date', () => {
    const { keyState, pendingWindowDays, deletionAt } = waiting
    assert.deepEqual([keyState, pendingWindowDays, deletionAt], ['PendingReplicaDeletion', 10, undefined])
    assert.equal(isDueForDeletion(waiting, now + 1000 * day), false)
  })

  test('begins its own window when its last replica is gone', () => {
    assert.deepEqual(beginWaitingPeriod(waiting, now + 5 * day), {
      ...primary,
      keyState: 'PendingDeletion',
      deletionAt: now + 15 * day,
    })
  })

  test('is Disabled, with neither window nor date, when its deletion is cancelled', () => {
    assert.deepEqual(cancelDeletion(waiting), { ...primary, keyState: 'Disabled' })
  })
})

describe('transitions between states (AWS KMS developer guide, "Key states of AWS KMS keys")', () => {
  test('a replica that is Creating gets the state that it was made with', () => {
    for (const keyState of ['Enabled', 'PendingImport'] as const) {
      const creating = beginTransition(keyOf({ keyState }), 'Creating', now + 1000)
      assert.deepEqual([creating.keyState, creating.transition?.at], ['Creating', now + 1000])
      assert.deepEqual(endTransition(creating), keyOf({ keyState }))
    }
  })

  test('a key that is Updating gets its state back', () => {
    for (const keyState of ['Enabled', 'Disabled', 'PendingImport'] as const) {
      const updating = beginTransition(keyOf({ keyState }), 'Updating', now)
      assert.equal(updating.keyState, 'Updating')
      assert.deepEqual(endTransition(updating), keyOf({ keyState }))
    }
  })

  // UpdatePrimaryRegion is allowed on a key that is Updating (AWS KMS developer guide, "Key states of AWS KMS keys").
  test('a key gets its state back even if its primary moves again before its transition ends', () => {
    const moved = beginTransition(beginTransition(key, 'Updating', now), 'Updating', now + 500)
    assert.deepEqual([moved.keyState, moved.transition?.at], ['Updating', now + 500])
    assert.deepEqual(endTransition(moved), key)
  })

  test('a key that is not in transition stays as it is', () => {
    assert.deepEqual(endTransition(key), key)
  })

  test('a key whose deletion is scheduled ends its transition', () => {
    const creating = beginTransition(key, 'Creating', now + 1000)
    const pending = scheduleDeletion(creating, 7, now, false)
    assert.equal(endTransition(pending).keyState, 'PendingDeletion')
    assert.deepEqual(cancelDeletion(pending), { ...key, keyState: 'Disabled' })
  })
})

describe('origin and algorithms', () => {
  test('a different origin is refused in AWS’s words', () => {
    assert.doesNotThrow(() => checkOrigin(key, 'AWS_KMS'))
    const says = (origin: string) => `${arn} origin is ${origin} which is not valid for this operation.`
    const refused = is('UnsupportedOperationException', says('AWS_KMS'))
    assert.throws(() => checkOrigin(key, 'EXTERNAL'), refused)
    const external = keyOf({ origin: 'EXTERNAL' })
    assert.throws(
      () => checkOrigin(external, 'AWS_KMS'),
      is('UnsupportedOperationException', says('EXTERNAL')),
    )
  })

  test('a key has the algorithms of its spec for its usage (AWS KMS developer guide, "Key spec reference")', () => {
    const of = (keySpec: KmsKey['keySpec'], keyUsage: KeyUsage) => algorithmsOf(keyOf({ keySpec, keyUsage }))
    assert.deepEqual(of('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'), ['SYMMETRIC_DEFAULT'])
    assert.deepEqual([...of('RSA_2048', 'ENCRYPT_DECRYPT')].sort(), [
      'RSAES_OAEP_SHA_1',
      'RSAES_OAEP_SHA_256',
    ])
    assert.deepEqual(of('ECC_NIST_P384', 'KEY_AGREEMENT'), ['ECDH'])
    assert.deepEqual(of('ECC_NIST_P384', 'SIGN_VERIFY'), ['ECDSA_SHA_384'])
    assert.deepEqual(of('HMAC_224', 'GENERATE_VERIFY_MAC'), ['HMAC_SHA_224'])
    const signing = keyOf({ keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY' })
    assert.doesNotThrow(() => checkAlgorithm(signing, 'RSASSA_PSS_SHA_256'))
    assert.throws(
      () => checkAlgorithm(signing, 'RSAES_OAEP_SHA_256'),
      is('InvalidKeyUsageException', 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec RSA_2048.'),
    )
  })
})
