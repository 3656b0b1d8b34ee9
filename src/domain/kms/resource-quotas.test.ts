import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkQuota, resourceQuotaDefaults } from './resource-quotas.ts'

test('a quota refuses one more than it allows, also where the usage is above it', () => {
  assert.doesNotThrow(() => checkQuota('aliasesPerKey', resourceQuotaDefaults, 49))
  // Recorded from AWS (scylladb/scylla-cluster-tests issue 7611, of 2024).
  assert.throws(() => checkQuota('aliasesPerKey', resourceQuotaDefaults, 60), {
    code: 'LimitExceededException',
    text: 'Aliases per key quota for this account in this region is 50, current usage is 60.',
  })
})
