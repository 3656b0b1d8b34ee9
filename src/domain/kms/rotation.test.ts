import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KmsKey } from './key.ts'
import type { KeyState } from './key-state.ts'
import {
  checkRotates,
  checkRotatesAutomatically,
  checkRotatesOnDemand,
  checkStartsRotation,
  checkStopsRotation,
  disableRotation,
  enableRotation,
  getPendingMaterial,
  isDueForRotation,
  onDemandRotationsMax,
  rotate,
} from './rotation.ts'
import { arn, dayMillis, is, keyOf, materialOf, now } from './samples.test.ts'

// Expected values: AWS KMS developer guide, "Rotate AWS KMS keys" and "Quotas", and texts recorded from AWS.

const unsupported = (text?: string) => is('UnsupportedOperationException', text)

describe('rotation', () => {
  test('is possible for symmetric encryption keys', () => {
    assert.doesNotThrow(() => checkRotates(keyOf()))
    assert.doesNotThrow(() => checkRotates(keyOf({ origin: 'EXTERNAL' })))
  })

  test('is refused for other keys, without a text', () => {
    const others: Partial<KmsKey>[] = [
      { keySpec: 'RSA_4096' },
      { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' },
      { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' },
      { keySpec: 'RSA_4096', origin: 'EXTERNAL', keyState: 'PendingImport' },
    ]
    for (const changes of others) {
      const hasNoText = (error: unknown) =>
        unsupported()(error) && (error as { text?: string }).text === undefined
      assert.throws(() => checkRotates(keyOf(changes)), hasNoText)
      assert.throws(() => checkStartsRotation(keyOf(changes)), hasNoText)
    }
  })

  test('can be turned off without an error for keys that do not rotate', () => {
    assert.doesNotThrow(() =>
      checkStopsRotation(keyOf({ keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' })),
    )
    assert.doesNotThrow(() => checkStopsRotation(keyOf({ keySpec: 'RSA_4096' })))
  })

  test('needs key material made here to be automatic', () => {
    assert.doesNotThrow(() => checkRotatesAutomatically(keyOf()))
    for (const changes of [{}, { keySpec: 'RSA_4096' }] as const) {
      assert.throws(
        () => checkRotatesAutomatically(keyOf({ ...changes, origin: 'EXTERNAL' })),
        unsupported(`${arn} origin is EXTERNAL which is not valid for this operation.`),
      )
    }
  })

  test('is set on the primary', () => {
    const checks = { EnableKeyRotation: checkStartsRotation, DisableKeyRotation: checkStopsRotation }
    for (const [name, check] of Object.entries(checks)) {
      assert.doesNotThrow(() => check(keyOf()))
      assert.doesNotThrow(() => check(keyOf({ primaryRegion: 'us-west-2' })))
      assert.throws(
        () => check(keyOf({ primaryRegion: 'eu-west-1' })),
        unsupported(`${arn} is a multi-region replica key which is not valid for ${name}.`),
      )
    }
  })
})

describe('the schedule', () => {
  test('begins when it is turned on, with a period of 365 days', () => {
    assert.deepEqual(enableRotation(keyOf(), undefined, now), {
      ...keyOf(),
      rotation: { periodDays: 365, nextAt: Date.UTC(2027, 10, 24) },
    })
  })

  test('has the period that is given', () => {
    assert.deepEqual(enableRotation(keyOf(), 90, now).rotation, {
      periodDays: 90,
      nextAt: now + 90 * dayMillis,
    })
  })

  test('starts again with a different period, and goes on with the same or without one', () => {
    const before = enableRotation(keyOf(), 90, now)
    const after = enableRotation(before, 180, now + dayMillis)
    assert.deepEqual(after.rotation, { periodDays: 180, nextAt: now + 181 * dayMillis })
    assert.deepEqual(enableRotation(before, 90, now + dayMillis), before)
    assert.deepEqual(enableRotation(before, undefined, now + dayMillis), before)
    // The period from before rotation was turned off does not count.
    const restarted = enableRotation(disableRotation(before), undefined, now + dayMillis)
    assert.deepEqual(restarted.rotation, { periodDays: 365, nextAt: now + 366 * dayMillis })
  })

  test('is gone when it is turned off', () => {
    assert.deepEqual(disableRotation(enableRotation(keyOf(), 90, now)), keyOf())
  })

  test('moves on by a period with each automatic rotation, but not with one on demand', () => {
    const before = enableRotation(keyOf(), 90, now)
    const due = now + 90 * dayMillis + 7
    const id = '1'.repeat(64)
    assert.deepEqual(rotate(before, id, 'AUTOMATIC', due), {
      ...before,
      currentKeyMaterialId: id,
      rotation: { periodDays: 90, nextAt: due + 90 * dayMillis },
    })
    assert.deepEqual(rotate(before, id, 'ON_DEMAND', due), { ...before, currentKeyMaterialId: id })
    assert.deepEqual(rotate(keyOf(), id, 'ON_DEMAND', due), keyOf({ currentKeyMaterialId: id }))
  })
})

describe('a key is due for rotation', () => {
  const on = enableRotation(keyOf(), 90, now)
  const due = now + 90 * dayMillis

  test('from the date on', () => {
    assert.equal(isDueForRotation(on, due - 1), false)
    assert.equal(isDueForRotation(on, due), true)
    assert.equal(isDueForRotation(on, due + 1000 * dayMillis), true)
  })

  test('only while it is Enabled and has a schedule', () => {
    const others: KeyState[] = ['Disabled', 'PendingDeletion', 'PendingReplicaDeletion', 'PendingImport']
    for (const keyState of others) assert.equal(isDueForRotation({ ...on, keyState }, due), false, keyState)
    assert.equal(isDueForRotation(disableRotation(on), due), false)
  })

  test('only on its primary', () => {
    assert.equal(isDueForRotation({ ...on, primaryRegion: 'us-west-2' }, due), true)
    assert.equal(isDueForRotation({ ...on, primaryRegion: 'eu-west-1' }, due), false)
  })
})

describe('a rotation on demand', () => {
  const rotated = (count: number, type: 'ON_DEMAND' | 'AUTOMATIC') =>
    Array.from({ length: count }, () => materialOf('1', { rotation: { type, at: now } }))

  test('may happen 25 times, not counting automatic ones and the first key material', () => {
    assert.equal(onDemandRotationsMax, 25)
    const check = (count: number) => () =>
      checkRotatesOnDemand(
        keyOf(),
        [materialOf('0'), ...rotated(40, 'AUTOMATIC'), ...rotated(count, 'ON_DEMAND')],
        now,
        onDemandRotationsMax,
      )
    assert.doesNotThrow(check(24))
    assert.throws(
      check(25),
      is(
        'LimitExceededException',
        `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
      ),
    )
  })

  test('may not come within 20 minutes of an automatic one', () => {
    const key = enableRotation(keyOf(), 90, now)
    const due = now + 90 * dayMillis
    const check = (at: number) => () => checkRotatesOnDemand(key, [materialOf('0')], at, 25)
    assert.doesNotThrow(check(due - 20 * 60_000 - 1))
    assert.throws(check(due - 20 * 60_000), is('ConflictException'))
    assert.throws(check(due), is('ConflictException'))
    // An overdue rotation is about to run.
    assert.throws(check(due + dayMillis), is('ConflictException'))
    assert.doesNotThrow(() => checkRotatesOnDemand(disableRotation(key), [materialOf('0')], due, 25))
  })
})

describe('imported key material that waits for a rotation', () => {
  const key = keyOf({ origin: 'EXTERNAL' })
  const none = is(
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arn}.`,
  )

  test('is found', () => {
    const pending = materialOf('1', { pending: 'PENDING_ROTATION' })
    assert.equal(getPendingMaterial(key, [materialOf('0'), pending]), pending)
  })

  test('is also found if it has expired', () => {
    const expired = materialOf('1', { pending: 'PENDING_ROTATION', keyToken: undefined, expiresAt: now })
    assert.equal(getPendingMaterial(key, [materialOf('0'), expired]), expired)
  })

  test('must exist, in all regions', () => {
    for (const materials of [[], [materialOf('0')]]) {
      assert.throws(() => getPendingMaterial(key, materials), none)
    }
    const partly = materialOf('1', { pending: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' })
    const elsewhere = is(
      'KMSInvalidStateException',
      'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
    )
    assert.throws(() => getPendingMaterial(key, [materialOf('0'), partly]), elsewhere)
  })
})
