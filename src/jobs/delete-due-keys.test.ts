import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tamper } from '../../test/fixtures/stopped-database.ts'
import { cancelDeletion, type KmsKey, newMaterial, type Scope, scheduleDeletion } from '../domain/index.ts'
import { DoesNotVerify } from '../store/index.ts'
import { abroad, dayMillis, home, idNo, keyNo, sibling, start, useBench } from './bench.test.ts'
import { deleteDueKeys } from './delete-due-keys.ts'

const all = { after: undefined, limit: 1000 }

const bench = useBench()
const run = () => deleteDueKeys(bench.options)
const schedule = (key: KmsKey, days: number, now: number) => scheduleDeletion(key, days, now, false)

const keyToken = Buffer.from('token')
const wrapped = { keyMaterialId: 'a'.repeat(64), keyToken, publicKeyToken: undefined }
const material = newMaterial(wrapped, start)

/** Inserts keys with one alias and one tag each. */
const insert = (...keys: KmsKey[]) =>
  bench.store.write(async writer => {
    for (const key of keys) {
      await writer.keys.insert({ key, policy: '{}', materials: [material] })
      const aliasName = `alias/${key.keyId}`
      await writer.aliases.insert({ ...key, aliasName, targetKeyId: key.keyId, createdAt: 0, updatedAt: 0 })
      await writer.tags.put(key, key.keyId, [{ tagKey: 'of', tagValue: key.keyId }])
    }
  })

/** The key ids, the names of the aliases, and the number of tags of each key that a scope still has. */
async function leftOf(scope: Scope) {
  const { items: keyIds } = await bench.store.reader.keys.listIds(scope, all)
  const { items: aliases } = await bench.store.reader.aliases.list(scope, undefined, all)
  const tags = await Promise.all(keyIds.map(keyId => bench.store.reader.tags.count(scope, keyId)))
  return { keyIds, aliases: aliases.map(alias => alias.aliasName), tags }
}
const only = (...numbers: number[]) => ({
  keyIds: numbers.map(idNo),
  aliases: numbers.map(number => `alias/${idNo(number)}`),
  tags: numbers.map(() => 1),
})

test('a key is deleted at the end of its waiting period and not before, with its aliases and tags', async () => {
  await insert(schedule(keyNo(1), 7, start), schedule(keyNo(2), 8, start), keyNo(3))
  bench.time = start + 7 * dayMillis - 1
  assert.equal(await run(), false)
  assert.deepEqual(await leftOf(home), only(1, 2, 3))
  assert.deepEqual(bench.records(), [])
  bench.time += 1
  assert.equal(await run(), false)
  assert.deepEqual(await leftOf(home), only(2, 3))
  assert.equal(await bench.store.reader.keys.find(home, idNo(1)), undefined)
  bench.time += dayMillis
  await run()
  assert.deepEqual(await leftOf(home), only(3))
})

test('each deletion is recorded once, in the outbox too', async () => {
  const due = schedule(keyNo(1, abroad), 7, start)
  await insert(due, keyNo(2))
  bench.time = start + 30 * dayMillis + 1500
  await Promise.all([run(), run()])
  await run()
  const [record, ...more] = bench.records()
  assert.deepEqual(more, [])
  const arn = `arn:aws-cn:kms:cn-north-1:111111111111:key/${idNo(1)}`
  assert.partialDeepStrictEqual(record, {
    eventTime: '2026-12-24T12:00:01Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'DeleteKey',
    awsRegion: 'cn-north-1',
    eventType: 'AwsServiceEvent',
    recipientAccountId: '111111111111',
    readOnly: false,
    resources: [{ accountId: '111111111111', type: 'AWS::KMS::Key', ARN: arn }],
  })
  assert.equal(record?.['serviceEventDetails'], undefined)
  const [waiting, ...others] = await bench.store.reader.outbox.list()
  assert.deepEqual(others, [])
  assert.deepEqual(JSON.parse(waiting?.line ?? ''), record)
  assert.equal(waiting?.eventId, record?.['eventID'])
})

test('a key whose deletion was cancelled stays', async () => {
  await insert(schedule(keyNo(1), 7, start), schedule(keyNo(2), 7, start))
  await bench.store.write(writer =>
    writer.keys.update(cancelDeletion(schedule(keyNo(1), 7, start), [material])),
  )
  bench.time = start + 7 * dayMillis
  await run()
  assert.deepEqual(await leftOf(home), only(1))
  assert.equal((await bench.store.reader.keys.find(home, idNo(1)))?.key.keyState, 'Disabled')
  assert.equal(bench.records().length, 1)
})

test('a key whose deletion is cancelled or postponed while the job runs stays', async () => {
  const changes = {
    cancelled: cancelDeletion(keyNo(2), [material]),
    postponed: schedule(keyNo(2), 30, start),
  }
  for (const [change, changed] of Object.entries(changes)) {
    await insert(...[1, 2].map(number => schedule(keyNo(number), 7 + number, start)))
    bench.time = start + 9 * dayMillis
    // The change is committed after the due keys are listed and before the second one is deleted.
    let changing: Promise<void> | undefined
    const log: string[] = []
    await deleteDueKeys({
      ...bench.options,
      appendCommitted: async (_, line) => {
        log.push(line)
        changing ??= bench.store.write(writer => writer.keys.update(changed))
        await changing
      },
    })
    assert.deepEqual(await leftOf(home), only(2), change)
    assert.equal(log.length, 1, change)
    await bench.store.write(writer => writer.keys.delete(home, idNo(2)))
  }
})

test('keys beyond the maximum of one run are deleted by the next', async () => {
  const keys = Array.from({ length: 150 }, (_, index) => schedule(keyNo(index), 7, start + index))
  await insert(...keys, keyNo(900))
  bench.time = start + 8 * dayMillis
  assert.equal(await run(), true)
  assert.deepEqual((await leftOf(home)).keyIds, [...keys.slice(100).map(key => key.keyId), idNo(900)])
  assert.equal(await run(), false)
  assert.deepEqual(await leftOf(home), only(900))
  const deleted = bench.records().map(record => {
    const [resource] = record['resources'] as { ARN: string }[]
    return resource?.ARN.split('/')[1]
  })
  assert.deepEqual(
    deleted,
    keys.map(key => key.keyId),
  )
})

test('a deletion that cannot be logged is in the outbox, and the job fails', async () => {
  await insert(schedule(keyNo(1), 7, start))
  bench.time = start + 7 * dayMillis
  const failing = deleteDueKeys({
    ...bench.options,
    appendCommitted: () => Promise.reject(new Error('disk')),
  })
  await assert.rejects(failing, /disk/)
  assert.deepEqual(await leftOf(home), only())
  assert.match((await bench.store.reader.outbox.list())[0]?.line ?? '', /"eventName":"DeleteKey"/)
})

/** Inserts a primary at home with these changes, and a replica that is due for deletion. */
async function insertPair(primary: Partial<KmsKey>, ...others: KmsKey[]) {
  const members = { primaryRegion: home.region }
  const replica = { ...schedule(keyNo(1, sibling, members), 7, start), createdAt: start + 1 }
  await insert(keyNo(1, home, { ...members, ...primary }), replica, ...others)
}

test('a primary that waits for its replicas begins its own waiting period when the last one is deleted', async () => {
  // AWS KMS developer guide, "Key states of AWS KMS keys": "last replica gone → PendingDeletion, clock starts then".
  const waiting = scheduleDeletion(keyNo(1), 10, start, true)
  await insertPair({ keyState: waiting.keyState, pendingWindowDays: waiting.pendingWindowDays })
  bench.time = start + 7 * dayMillis + 5000
  await run()
  assert.equal(await bench.store.reader.keys.find(sibling, idNo(1)), undefined)
  const primary = (await bench.store.reader.keys.find(home, idNo(1)))?.key
  assert.equal(primary?.keyState, 'PendingDeletion')
  assert.equal(primary?.deletionAt, start + 17 * dayMillis + 5000)
  assert.equal(primary?.pendingWindowDays, undefined)
  bench.time = start + 17 * dayMillis + 4999
  await run()
  assert.deepEqual((await leftOf(home)).keyIds, [idNo(1)])
  bench.time += 1
  await run()
  assert.deepEqual((await leftOf(home)).keyIds, [])
  assert.deepEqual(
    bench.records().map(record => record['awsRegion']),
    ['eu-central-1', 'us-east-1'],
  )
})

test('a primary does not begin to wait if its deletion was cancelled or it has one more replica', async () => {
  await insertPair({ keyState: 'Disabled' })
  bench.time = start + 7 * dayMillis
  await run()
  assert.equal((await bench.store.reader.keys.find(home, idNo(1)))?.key.keyState, 'Disabled')
  await bench.store.write(writer => writer.keys.delete(home, idNo(1)))
  const third = keyNo(1, { ...home, region: 'eu-west-1' }, { primaryRegion: home.region })
  bench.time = start
  await insertPair({ keyState: 'PendingReplicaDeletion', pendingWindowDays: 7 }, third)
  bench.time = start + 7 * dayMillis
  await run()
  const primary = (await bench.store.reader.keys.find(home, idNo(1)))?.key
  assert.deepEqual([primary?.keyState, primary?.deletionAt], ['PendingReplicaDeletion', undefined])
})

test('a key that waits for a member which does not verify stops no other key', async () => {
  await insertPair({}, schedule(keyNo(2), 8, start))
  tamper(
    bench,
    `update kms_keys set description = 'other' where region = '${home.region}' and key_id = '${idNo(1)}'`,
  )
  bench.time = start + 8 * dayMillis
  await assert.rejects(run(), DoesNotVerify)
  assert.deepEqual((await leftOf(sibling)).keyIds, [idNo(1)])
  assert.deepEqual((await leftOf(home)).keyIds, [idNo(1)])
})
