import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { type KmsKey, scheduleDeletion } from '../domain/index.ts'
import {
  accountId,
  allRegions,
  asia,
  dayMillis,
  europe,
  keyId,
  keyIn,
  makeMembers,
  now,
  primaryRegion,
  useBench,
} from './bench.test.ts'
import { deleteKey } from './deletion.ts'

// Expected values: AWS KMS developer guide, "Key states of AWS KMS keys" and "Delete an AWS KMS key".

const bench = useBench()

beforeEach(async () => {
  await bench.insert(...(await makeMembers(bench.hsm, allRegions)))
  await bench.store.write(async writer => {
    for (const region of allRegions) {
      const alias = {
        accountId,
        region,
        aliasName: 'alias/a',
        targetKeyId: keyId,
        createdAt: 0,
        updatedAt: 0,
      }
      await writer.aliases.insert(alias)
    }
  })
})

const change = (key: KmsKey) => bench.store.write(writer => writer.keys.update(key))
const remove = (region: string, at = now) => bench.store.write(writer => deleteKey(writer, keyIn(region), at))
const regionsLeft = async () =>
  (await bench.store.reader.keys.listMembers(accountId, keyId)).map(member => member.region)
const primary = async () => (await bench.find()).key

test('a replica is deleted with everything that belongs to it, and the other members do not change', async () => {
  const before = await Promise.all([bench.find(), bench.find(asia)])
  await remove(europe)
  assert.deepEqual(await regionsLeft(), [primaryRegion, asia])
  assert.equal(await bench.store.reader.aliases.find({ accountId, region: europe }, 'alias/a'), undefined)
  assert.deepEqual(await Promise.all([bench.find(), bench.find(asia)]), before)
})

test('a primary that waits for its replicas begins its own waiting period when the last one is deleted', async () => {
  await change(scheduleDeletion(await primary(), 10, now, true))
  await remove(europe, now + dayMillis)
  const { keyState, deletionAt, pendingWindowDays } = await primary()
  assert.deepEqual([keyState, deletionAt, pendingWindowDays], ['PendingReplicaDeletion', undefined, 10])
  await remove(asia, now + 3 * dayMillis)
  const waiting = await primary()
  assert.equal(waiting.keyState, 'PendingDeletion')
  assert.equal(waiting.deletionAt, now + 13 * dayMillis)
  assert.equal(waiting.pendingWindowDays, undefined)
})

test('a primary that does not wait for its replicas does not change when the last one is deleted', async () => {
  for (const keyState of ['Enabled', 'Disabled'] as const) {
    const key = { ...(await primary()), keyState }
    await change(key)
    await remove(keyState === 'Enabled' ? europe : asia)
    assert.deepEqual(await primary(), key)
  }
  assert.deepEqual(await regionsLeft(), [primaryRegion])
  await remove(primaryRegion)
  assert.deepEqual(await regionsLeft(), [])
})

test('a deletion does not touch keys of the same id in other accounts', async () => {
  const other = { accountId: '111111111111', primaryRegion: undefined }
  await bench.store.write(async writer => {
    await writer.accounts.insert(other.accountId, 0)
    const key = { ...keyIn(europe, other), keyState: 'PendingReplicaDeletion', pendingWindowDays: 7 } as const
    await writer.keys.insert({ key, policy: '{}', materials: [] })
  })
  for (const region of [europe, asia]) await remove(region)
  await remove(primaryRegion)
  const [left] = await bench.store.reader.keys.listMembers(other.accountId, keyId)
  assert.equal(left?.keyState, 'PendingReplicaDeletion')
})
