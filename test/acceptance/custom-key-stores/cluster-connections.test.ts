import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestCaller } from '../../fixtures/caller.ts'
import { skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'
import { clusterServer, makeClusterStore, newClusterStore } from '../../fixtures/worlds/cluster-stores.ts'
import { storeBecomes } from '../../fixtures/worlds/store-state.ts'

// Connecting, disconnecting and deleting custom key stores in clusters of HSMs (AWS KMS API reference, and developer guide, "Troubleshooting a
// custom key store"). The clusters are in memory.

const server = await clusterServer()
const { clusters } = server
const admin = new TestCaller(server)
const options = { skip: skipWithoutOpenssl }

const describe = async (CustomKeyStoreId: string) =>
  (await admin.sdk.describeCustomKeyStores({ CustomKeyStoreId })).CustomKeyStores?.[0]
const isConnected = async (CustomKeyStoreId: string) => {
  await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  await storeBecomes(admin, CustomKeyStoreId, 'CONNECTED')
}
const disconnect = async (CustomKeyStoreId: string) => {
  await admin.answer('DisconnectCustomKeyStore', { CustomKeyStoreId })
  await storeBecomes(admin, CustomKeyStoreId, 'DISCONNECTED')
}

test('only a store that is disconnected and has no keys is deleted', options, async () => {
  const CustomKeyStoreId = await makeClusterStore(server, admin, 'CONNECTED')
  await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId }, 'CustomKeyStoreInvalidStateException')
  const key = await admin.answer('CreateKey', { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId })
  const { KeyId } = key['KeyMetadata'] as { KeyId: string }
  await disconnect(CustomKeyStoreId)
  await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId }, 'CustomKeyStoreHasCMKsException')
  await admin.answer('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId }, 'CustomKeyStoreHasCMKsException')
  const empty = await makeClusterStore(server, admin)
  assert.deepEqual(await admin.answer('DeleteCustomKeyStore', { CustomKeyStoreId: empty }), {})
})

test('a cluster without an active HSM is refused at once, and other faults come later', options, async () => {
  const input = newClusterStore(server)
  const CustomKeyStoreId = await makeClusterStore(server, admin, 'DISCONNECTED', input)
  const store = { CustomKeyStoreId }
  const stateOf = async () => {
    const { ConnectionState, ConnectionErrorCode } = (await describe(CustomKeyStoreId)) ?? {}
    return [ConnectionState, ConnectionErrorCode]
  }
  const members = clusters.find('', input.CloudHsmClusterId)?.members ?? []
  for (const member of members) member.isActive = false
  await admin.isRefused('ConnectCustomKeyStore', store, 'CloudHsmClusterInvalidConfigurationException')
  clusters.fail('countActive', 'unreachable')
  await admin.isRefused('ConnectCustomKeyStore', store, 'CloudHsmClusterNotActiveException')
  clusters.fail('countActive')
  assert.deepEqual(await stateOf(), ['DISCONNECTED', undefined])
  const fails = async (code: string) => {
    await admin.answer('ConnectCustomKeyStore', store)
    await storeBecomes(admin, CustomKeyStoreId, 'FAILED')
    assert.deepEqual(await stateOf(), ['FAILED', code])
    await admin.isRefused('ConnectCustomKeyStore', store, 'CustomKeyStoreInvalidStateException')
    await admin.isRefused(
      'UpdateCustomKeyStore',
      { ...store, NewCustomKeyStoreName: 'never' },
      'CustomKeyStoreInvalidStateException',
    )
    await disconnect(CustomKeyStoreId)
  }
  // One active HSM is enough to connect.
  const [first] = members
  assert.ok(first !== undefined)
  Object.assign(first, { isActive: true, password: 'different' })
  await fails('INVALID_CREDENTIALS')
  clusters.remove(input.CloudHsmClusterId)
  await fails('CLUSTER_NOT_FOUND')
  clusters.add(input.CloudHsmClusterId, String(input['TrustAnchorCertificate']))
  await isConnected(CustomKeyStoreId)
  await admin.answer('ConnectCustomKeyStore', store)
  await sleep(50)
  assert.deepEqual(await stateOf(), ['CONNECTED', undefined])
  assert.ok(clusters.open.has(CustomKeyStoreId))
  await disconnect(CustomKeyStoreId)
  assert.ok(!clusters.open.has(CustomKeyStoreId))
  await isConnected(CustomKeyStoreId)
})
