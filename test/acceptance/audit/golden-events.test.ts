import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { kms } from '../../../src/services/kms/index.ts'
import { makeKey } from '../../fixtures/caller.ts'
import { importMaterial } from '../../fixtures/importing.ts'
import { advance, daySeconds, timeAt } from '../../fixtures/time-travel.ts'
import { keyCalls, nameKey, operationOf } from './golden/golden-rows.ts'
import {
  assertGoldenExactly,
  goldenWorld,
  materialId,
  multiRegionKeyId,
  type Named,
  otherMaterialId,
  type Recorded,
} from './golden/golden-world.ts'

// The records of what AWS KMS does by itself, and of multi-Region keys, compared with those that AWS published; the files
// in golden/kms name their sources.

const { keyward, alice, aliceIn, records, recordsOf } = await goldenWorld({ hasTestClock: true })
const { materialOf } = keyCalls(alice)
const eventsOf = (name: string, keyId: string) =>
  records().filter(record => record['eventName'] === name && JSON.stringify(record).includes(keyId))
const only = (found: readonly Recorded[], region = 'us-west-2') => {
  const [record, ...more] = found.filter(({ awsRegion }) => awsRegion === region)
  assert.deepEqual(more, [])
  return record
}

test('every operation and every event of AWS KMS has a golden record', () => {
  const folder = join(import.meta.dirname, 'golden', 'kms')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.json'),
  )
  const known = new Set(files.map(name => operationOf(name.replace('.json', ''))))
  const events = ['RotateKey', 'DeleteKey', 'DeleteExpiredKeyMaterial', 'SynchronizeMultiRegionKey']
  const expected = [...kms.operations.keys(), ...events]
  assert.deepEqual([...known].sort(), expected.sort())
})

test('the records of rotations are the published ones', async () => {
  const own = await makeKey(alice)
  const first = await materialOf(own)
  await alice.sdk.enableKeyRotation({ KeyId: own.id })
  await advance(keyward, 366 * daySeconds)
  assertGoldenExactly(only(eventsOf('RotateKey', own.id)), 'kms/events/RotateKey-automatic', {
    ...nameKey(own),
    [first]: materialId,
    [await materialOf(own)]: otherMaterialId,
  })
  const imported = await makeKey(alice, { Origin: 'EXTERNAL' })
  const put = async () =>
    (await importMaterial(alice, imported.id, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' }))
      .KeyMaterialId ?? ''
  const named = { ...nameKey(imported), [await put()]: materialId, [await put()]: otherMaterialId }
  await alice.sdk.rotateKeyOnDemand({ KeyId: imported.id })
  assertGoldenExactly(only(eventsOf('RotateKey', imported.id)), 'kms/events/RotateKey-on-demand', named)
})

test('the records of a deletion and of an expiration are the published ones', async () => {
  const deleted = await makeKey(alice)
  await alice.sdk.scheduleKeyDeletion({ KeyId: deleted.id, PendingWindowInDays: 7 })
  const expired = await makeKey(alice, { Origin: 'EXTERNAL' })
  const ValidTo = new Date((await timeAt(keyward)) + 1000 * daySeconds)
  const { KeyMaterialId = '' } = await importMaterial(alice, expired.id, randomBytes(32), { ValidTo })
  await advance(keyward, 8 * daySeconds)
  assertGoldenExactly(only(eventsOf('DeleteKey', deleted.id)), 'kms/events/DeleteKey', nameKey(deleted))
  const named = { ...nameKey(expired), [KeyMaterialId]: materialId }
  const name = 'kms/events/DeleteExpiredKeyMaterial'
  assertGoldenExactly(only(eventsOf('DeleteExpiredKeyMaterial', expired.id)), name, named)
})

/** A multi-Region key with a replica, and the calls that made it. */
async function replicated(home: string, replica: string) {
  const primary = aliceIn(home)
  const key = await makeKey(primary, { MultiRegion: true })
  const answer = await primary.call('ReplicateKey', { KeyId: key.id, ReplicaRegion: replica })
  const named: Named = {
    ...nameKey(key, multiRegionKeyId),
    [String(answer.json['ReplicaPolicy'])]: 'the key policy',
  }
  return { primary, key, answer, named }
}

test('the records of a replication are the published ones, in both Regions', async () => {
  const { primary, key, answer, named } = await replicated('us-east-1', 'us-west-2')
  const both = recordsOf(answer)
  assert.equal(both.length, 2)
  assertGoldenExactly(only(both, 'us-east-1'), 'kms/multi-region/ReplicateKey', named)
  assertGoldenExactly(only(both, 'us-west-2'), 'kms/multi-region/CreateKey-replica', named)
  assert.equal(new Set(both.map(({ eventID }) => eventID)).size, 2)
  await advance(keyward, 60)
  const name = 'kms/events/SynchronizeMultiRegionKey'
  const synchronized = eventsOf('SynchronizeMultiRegionKey', key.id)
  assert.equal(synchronized.length, 2)
  for (const region of ['us-east-1', 'us-west-2']) {
    // The primary is in a different Region than that of the published record.
    const record = JSON.parse(JSON.stringify(only(synchronized, region)).replaceAll('us-east-1', 'us-west-2'))
    assertGoldenExactly(record, name, named)
  }
  const again = await primary.call('ReplicateKey', { KeyId: key.id, ReplicaRegion: 'us-west-2' })
  assert.equal(again.json['__type'], 'AlreadyExistsException')
  assertGoldenExactly(only(recordsOf(again), 'us-east-1'), 'kms/multi-region/ReplicateKey', named, {
    errorCode: 'AlreadyExistsException',
    // Nobody has published the texts of this failure and of the next.
    errorMessage: again.json['message'],
    responseElements: null,
  })
})

test('the records of a move of the primary key are the published ones, in both Regions', async () => {
  const { primary, key, named } = await replicated('us-west-2', 'ap-northeast-1')
  await advance(keyward, 60)
  const name = 'kms/multi-region/UpdatePrimaryRegion'
  const to = (PrimaryRegion: string) => primary.call('UpdatePrimaryRegion', { KeyId: key.id, PrimaryRegion })
  const failed = await to('us-east-1')
  assert.equal(failed.json['__type'], 'ValidationException')
  assertGoldenExactly(only(recordsOf(failed)), name, named, {
    errorCode: 'ValidationException',
    errorMessage: failed.json['message'],
    requestParameters: { keyId: multiRegionKeyId, primaryRegion: 'us-east-1' },
    responseElements: null,
  })
  const both = recordsOf(await to('ap-northeast-1'))
  assert.equal(both.length, 2)
  assertGoldenExactly(only(both), name, named)
  assertGoldenExactly(only(both, 'ap-northeast-1'), `${name}-new-primary`, named)
})

test('the record of the deletion of a primary key with replicas is the published one', async () => {
  const { primary, key, named } = await replicated('us-west-2', 'us-east-1')
  await advance(keyward, 60)
  const answer = await primary.call('ScheduleKeyDeletion', { KeyId: key.id, PendingWindowInDays: 30 })
  assertGoldenExactly(only(recordsOf(answer)), 'kms/keys/ScheduleKeyDeletion-primary', named)
})
