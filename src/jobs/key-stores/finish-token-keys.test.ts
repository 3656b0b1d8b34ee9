import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClusterKeyStore, type ConnectionState, newMaterial } from '../../domain/index.ts'
import type { TokenKeyTask } from '../../store/index.ts'
import { dayMillis, home, idNo, keyNo, start, useBench } from '../bench.test.ts'
import { deleteDueKeys } from '../delete-due-keys.ts'
import { finishTokenKeys } from './finish-token-keys.ts'

const bench = useBench()
const customKeyStoreId = 'cks-1234567890abcdef0'
const clusterId = 'cluster-2345abcdefg'
const keyMaterialId = 'a'.repeat(64)

const storeIn = (connectionState: ConnectionState): ClusterKeyStore => ({
  ...{ ...home, customKeyStoreId, name: 'store', createdAt: start },
  ...{ type: 'AWS_CLOUDHSM', connectionState, connectionErrorCode: undefined },
  cluster: {
    ...{ cloudHsmClusterId: clusterId, trustAnchorCertificate: 'PEM' },
    ...{ wrappedPassword: Buffer.alloc(1), wrappedNextPassword: undefined },
  },
})

const taskOf = (number: number, changes: Partial<TokenKeyTask> = {}): TokenKeyTask => ({
  ...{ ...home, keyId: idNo(number), keyMaterialId, customKeyStoreId },
  ...{ task: 'make', since: start, isRecorded: false },
  ...changes,
})

const begin = (connectionState: ConnectionState, ...tasks: TokenKeyTask[]) =>
  bench.store.write(async ({ customKeyStores, tokenKeys }) => {
    await customKeyStores.insert(storeIn(connectionState))
    for (const task of tasks) await tokenKeys.putTask(task)
  })

/** Runs the job, with HSMs that destroy keys or cannot. Returns the ids of the keys that it had destroyed. */
async function run(isGone = true): Promise<string[]> {
  const destroyed: string[] = []
  const destroy = async (_store: ClusterKeyStore, { keyId }: TokenKeyTask) => {
    destroyed.push(keyId)
    return isGone
  }
  assert.equal(await finishTokenKeys({ ...bench.options, destroy }), false)
  return destroyed
}

const tasksLeft = async () => (await bench.store.reader.tokenKeys.listTasks()).map(({ keyId }) => keyId)

test('a key that was made and not stored within a minute goes from the HSMs, without a record', async () => {
  await begin('CONNECTED', taskOf(1))
  bench.time = start + 59_999
  assert.deepEqual(await run(), [])
  bench.time += 1
  assert.deepEqual(await run(), [idNo(1)])
  assert.deepEqual(await tasksLeft(), [])
  assert.deepEqual(bench.records(), [])
})

test('a key that is given up can no longer be stored, although the HSMs still have it', async () => {
  await begin('CONNECTED', taskOf(1))
  bench.time = start + 60_000
  await run(false)
  const found = await bench.store.reader.tokenKeys.findTask(home, idNo(1))
  assert.equal(found?.task, 'destroy')
  assert.deepEqual(await run(), [idNo(1)])
  assert.deepEqual(await tasksLeft(), [])
})

test('the deletion of a key in HSMs is recorded with what became of the key there', async () => {
  await begin('CONNECTED')
  const wrapped = { keyMaterialId, keyToken: Buffer.from([2]), publicKeyToken: undefined }
  const changes = { origin: 'AWS_CLOUDHSM', clusterKey: { customKeyStoreId } } as const
  const pending = { ...changes, keyState: 'PendingDeletion', deletionAt: start + 7 * dayMillis } as const
  await bench.store.write(({ keys }) =>
    keys.insert({ key: keyNo(1, home, pending), policy: '{}', materials: [newMaterial(wrapped, start)] }),
  )
  bench.time = start + 7 * dayMillis
  await deleteDueKeys(bench.options)
  assert.equal(await bench.store.reader.keys.find(home, idNo(1)), undefined)
  assert.deepEqual(bench.records(), [])
  assert.deepEqual(await run(), [idNo(1)])
  assert.deepEqual(await run(), [])
  const [record, ...more] = bench.records()
  assert.deepEqual(more, [])
  const { eventName, additionalEventData: data, resources, serviceEventDetails } = record ?? {}
  assert.deepEqual([eventName, serviceEventDetails], ['DeleteKey', undefined])
  assert.deepEqual(data, {
    ...{ customKeyStoreId, clusterId },
    backingKeys: `[{"backingKeyId":"${keyMaterialId}"}]`,
    backingKeysDeletionStatus: `[{"backingKeyId":"${keyMaterialId}","deletionStatus":"SUCCESS"}]`,
  })
  const ARN = `arn:aws:kms:us-east-1:${home.accountId}:key/${idNo(1)}`
  assert.deepEqual(resources, [{ accountId: home.accountId, type: 'AWS::KMS::Key', ARN }])
})

for (const state of ['CONNECTED', 'DISCONNECTED'] as const)
  test(`a deleted key that the HSMs of a store in ${state} still have is recorded once, and goes later`, async () => {
    await begin(state, taskOf(1, { task: 'destroy' }))
    assert.deepEqual(await run(false), state === 'CONNECTED' ? [idNo(1)] : [])
    await run(false)
    const statuses = bench
      .records()
      .map(({ additionalEventData: data }) => (data as Record<string, string>)['backingKeysDeletionStatus'])
    assert.equal(statuses.length, 1)
    assert.match(statuses[0] ?? '', /"deletionStatus":"FAILURE"/)
    await bench.store.write(({ customKeyStores }) => customKeyStores.update(storeIn('CONNECTED')))
    assert.deepEqual(await run(), [idNo(1)])
    assert.deepEqual(await tasksLeft(), [])
    assert.equal(bench.records().length, 1)
  })

test('the keys of a store that was deleted are out of reach, which the record says', async () => {
  await begin('DISCONNECTED', taskOf(1, { task: 'destroy' }), taskOf(2))
  await bench.store.write(({ customKeyStores }) => customKeyStores.delete(storeIn('DISCONNECTED')))
  bench.time = start + 60_000
  assert.deepEqual(await run(), [])
  assert.deepEqual(await tasksLeft(), [])
  assert.equal(bench.records().length, 1)
})

test('a fault of one store does not keep the keys of others', async () => {
  await begin('CONNECTED', taskOf(1, { task: 'destroy' }), taskOf(2, { task: 'destroy' }))
  const destroyed: string[] = []
  const destroy = async (_store: ClusterKeyStore, { keyId }: TokenKeyTask) => {
    if (keyId === idNo(1)) throw new Error('a fault')
    destroyed.push(keyId)
    return true
  }
  await assert.rejects(finishTokenKeys({ ...bench.options, destroy }), /a fault/)
  assert.deepEqual(destroyed, [idNo(2)])
})
