import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkNotReplica,
  checkPrimary,
  isMultiRegion,
  isPrimary,
  isReplica,
  membersOf,
} from './multi-region.ts'
import { arn, is, keyOf } from './samples.test.ts'

// Expected values: AWS KMS developer guide, "Multi-Region keys in AWS KMS", and texts recorded from AWS.

const single = keyOf()
const primary = keyOf({ primaryRegion: 'us-west-2' })
const replica = keyOf({ primaryRegion: 'eu-west-1' })

test('a key is a single-Region key, a primary or a replica', () => {
  const kinds = [isMultiRegion, isPrimary, isReplica]
  const of = (key: typeof single) => kinds.map(isKind => isKind(key))
  assert.deepEqual(of(single), [false, false, false])
  assert.deepEqual(of(primary), [true, true, false])
  assert.deepEqual(of(replica), [true, false, true])
})

test('a change to the key as a whole is refused on a replica, in AWS’s words', () => {
  assert.doesNotThrow(() => checkPrimary(primary))
  assert.doesNotThrow(() => checkPrimary(single))
  assert.throws(
    () => checkPrimary(replica),
    is('UnsupportedOperationException', `${arn} is not a multi-region primary key.`),
  )
  assert.doesNotThrow(() => checkNotReplica(primary, 'EnableKeyRotation'))
  assert.doesNotThrow(() => checkNotReplica(single, 'EnableKeyRotation'))
  assert.throws(
    () => checkNotReplica(replica, 'EnableKeyRotation'),
    is(
      'UnsupportedOperationException',
      `${arn} is a multi-region replica key which is not valid for EnableKeyRotation.`,
    ),
  )
})

// The order of the replicas was recorded from AWS.
test('the members have ARNs that differ only in their regions', () => {
  const arnIn = (region: string) => arn.replace('us-west-2', region)
  const west = { arn, region: 'us-west-2' }
  const europe = { arn: arnIn('eu-west-1'), region: 'eu-west-1' }
  const asia = { arn: arnIn('ap-northeast-1'), region: 'ap-northeast-1' }
  assert.deepEqual(membersOf(primary, ['us-west-2', 'eu-west-1', 'ap-northeast-1']), {
    type: 'PRIMARY',
    primary: west,
    replicas: [asia, europe],
  })
  assert.deepEqual(membersOf(replica, ['us-west-2', 'eu-west-1']), {
    type: 'REPLICA',
    primary: europe,
    replicas: [west],
  })
  assert.deepEqual(membersOf(primary, ['us-west-2']).replicas, [])
  const { primary: inChina } = membersOf(keyOf({ region: 'cn-north-1', primaryRegion: 'cn-north-1' }), [])
  assert.equal(inChina.arn, arnIn('cn-north-1').replace('arn:aws:', 'arn:aws-cn:'))
})
