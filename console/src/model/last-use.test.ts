import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastUseOf } from './last-use.ts'

const [early, late] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')]

test('a use has its operation and its time', () => {
  const use = { Operation: 'Decrypt' as const, Timestamp: late }
  assert.deepEqual(lastUseOf({ KeyLastUsage: use, TrackingStartDate: early, KeyCreationDate: early }), {
    ...{ kind: 'used', operation: 'Decrypt', at: late },
  })
})

// AWS KMS developer guide, "Determine past usage of a KMS key": a key from before the record may have been used before it.
test('no use means never only for a key that is as young as the record', () => {
  assert.deepEqual(lastUseOf({ KeyLastUsage: {}, TrackingStartDate: early, KeyCreationDate: early }), {
    kind: 'never',
  })
  assert.deepEqual(lastUseOf({ KeyLastUsage: {}, TrackingStartDate: late, KeyCreationDate: early }), {
    ...{ kind: 'notSince', since: late },
  })
  assert.deepEqual(lastUseOf({}), { kind: 'notSince', since: undefined })
})
