import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertGolden, readGolden } from './golden-record.ts'

const golden = 'decrypt-of-2020'

test('a record equals a published one of a different call, and not one that says something else', () => {
  const record = {
    ...readGolden(golden),
    eventVersion: '1.11',
    eventTime: '2026-11-24T12:00:00Z',
    eventID: '0f6e1f0d-2d5a-4f0c-9b53-3a3cbb1f2f5e',
    awsRegion: 'eu-west-1',
    recipientAccountId: '444455556666',
    managementEvent: true,
    eventCategory: 'Management',
  }
  assertGolden(record, golden)
  assertGolden({ ...record, readOnly: false }, golden, { readOnly: false })
  assert.throws(() => assertGolden({ ...record, readOnly: false }, golden))
  assert.throws(() => assertGolden({ ...record, eventTime: '2026-11-24T12:00:00.000Z' }, golden))
  assert.throws(() => assertGolden({ ...record, resources: [] }, golden))
  assert.throws(() => assertGolden({ ...record, additionalEventData: { reason: 'x' } }, golden))
})
