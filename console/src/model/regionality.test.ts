import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyMetadata } from '@aws-sdk/client-kms'
import { changePrimaryFault, freeRegions, relatedKeys, replicateFault } from './regionality.ts'

const arn = (region: string) => `arn:aws:kms:${region}:111122223333:key/mrk-1`
// The form of AWS KMS API reference, "MultiRegionConfiguration".
const primary: KeyMetadata = {
  KeyId: 'mrk-1',
  MultiRegionConfiguration: {
    MultiRegionKeyType: 'PRIMARY',
    PrimaryKey: { Arn: arn('us-east-1'), Region: 'us-east-1' },
    ReplicaKeys: [{ Arn: arn('eu-west-1'), Region: 'eu-west-1' }],
  },
}
const configuration = primary.MultiRegionConfiguration

test('a multi-Region key has its primary key first', () => {
  assert.deepEqual(
    relatedKeys(primary).map(({ region, isPrimary }) => [region, isPrimary]),
    [
      ['us-east-1', true],
      ['eu-west-1', false],
    ],
  )
  assert.deepEqual(relatedKeys({ KeyId: 'k' }), [])
  assert.deepEqual(freeRegions(primary, ['us-east-1', 'us-west-2', 'eu-west-1']), ['us-west-2'])
})

test('the primary key alone is replicated, and gives its place to a replica', () => {
  assert.equal(replicateFault(primary), undefined)
  assert.equal(changePrimaryFault(primary), undefined)
  const replica: KeyMetadata = {
    ...primary,
    MultiRegionConfiguration: { ...configuration, MultiRegionKeyType: 'REPLICA' },
  }
  assert.match(replicateFault(replica) ?? '', /primary key/)
  const alone = { ...primary, MultiRegionConfiguration: { ...configuration, ReplicaKeys: [] } }
  assert.match(changePrimaryFault(alone) ?? '', /no replicas/)
  assert.match(replicateFault({ ...primary, KeyState: 'Updating' }) ?? '', /being changed/)
})
