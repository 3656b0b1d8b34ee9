import assert from 'node:assert/strict'
import { test } from 'node:test'
import { automaticFault, hasMaterials, onDemandFault, periodFault } from './rotation.ts'

// AWS KMS API reference, EnableKeyRotation: RotationPeriodInDays is 90 to 2560.
test('a period has 90 to 2560 days', () => {
  for (const typed of ['90', '2560', '365']) assert.equal(periodFault(typed), undefined)
  for (const typed of ['', '89', '2561', '90.5', '-90', '1e3'])
    assert.match(periodFault(typed) ?? '', /90 to/)
})

// AWS KMS developer guide, "Rotate AWS KMS keys": symmetric encryption keys alone, a replica with its primary.
test('symmetric encryption keys rotate, and replicas with their primary key', () => {
  const key = { KeyId: 'k', KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS' } as const
  assert.ok(hasMaterials(key) && hasMaterials({ ...key, Origin: 'EXTERNAL' }))
  assert.ok(
    !hasMaterials({ ...key, Origin: 'EXTERNAL_KEY_STORE' }) && !hasMaterials({ ...key, KeySpec: 'HMAC_256' }),
  )
  assert.equal(automaticFault(key), undefined)
  assert.equal(onDemandFault(key), undefined)
  const replica = { ...key, MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA' } } as const
  assert.match(automaticFault(replica) ?? '', /primary/)
  assert.match(onDemandFault(replica) ?? '', /primary/)
  assert.match(automaticFault({ ...key, Origin: 'EXTERNAL' }) ?? '', /on demand/)
  assert.match(onDemandFault({ ...key, KeyState: 'Disabled' }) ?? '', /disabled/)
})
