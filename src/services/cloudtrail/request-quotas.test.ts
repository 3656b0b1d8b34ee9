import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestQuotas } from './request-quotas.ts'

test('each operation has the rate of its quota in a pool of its own', () => {
  // CloudTrail user guide, "Quotas in AWS CloudTrail".
  const rates = { LookupEvents: 2, GetTrailStatus: 10, DescribeTrails: 10, ListTags: 10, CreateTrail: 1 }
  for (const [pool, perSecond] of Object.entries(rates))
    assert.deepEqual(requestQuotas.ofOperation(pool, 'us-east-1'), { pool, perSecond })
})
