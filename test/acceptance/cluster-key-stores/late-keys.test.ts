import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finishTokenKeys } from '../../../src/jobs/index.ts'
import { systemClock } from '../../../src/std/index.ts'
import { TestCaller } from '../../fixtures/caller.ts'
import { clusterServer, makeClusterStore } from '../../fixtures/worlds/cluster-stores.ts'

// A key whose HSMs take longer than a new key has: the job that undoes it comes before CreateKey stores it.

const server = await clusterServer()
const admin = new TestCaller(server)

test('a key that the HSMs will undo is not stored', async () => {
  const CustomKeyStoreId = await makeClusterStore(server, admin, 'CONNECTED')
  const { clusters, store } = server
  const makeKey = clusters.makeKey.bind(clusters)
  clusters.makeKey = async (...args) => {
    const made = await makeKey(...args)
    const clock = { ...systemClock, now: () => systemClock.now() + 60_001 }
    const destroy = async () => false
    await finishTokenKeys({ store, clock, appendCommitted: async () => undefined, destroy })
    return made
  }
  const { status, text } = await admin.call('CreateKey', { CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' })
  assert.deepEqual([status, /KMSInternalException/.test(text)], [500, true])
  const [task] = await store.reader.tokenKeys.listTasks()
  assert.equal(task?.task, 'destroy')
  assert.deepEqual((await admin.answer('ListKeys', {}))['Keys'], [])
})
