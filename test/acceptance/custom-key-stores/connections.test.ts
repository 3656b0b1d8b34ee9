import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TestCaller } from '../../fixtures/caller.ts'
import { started, temporaryDirectory } from '../../fixtures/keyward-process.ts'
import { writeStored } from '../../fixtures/stored-entities.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ExternalStores } from '../../fixtures/worlds/external-stores.ts'
import { sendAnswer } from '../../fixtures/xks/stub-proxy.ts'
import type { Exchange, Override } from '../../fixtures/xks/stub-types.ts'

// The connection states of external key stores (AWS KMS API reference, "CustomKeyStoreInvalidStateException" and
// "CustomKeyStoresListEntry").

const stores = await ExternalStores.start()
after(() => stores.stop())
const server = await testServer({
  regions: ['us-east-1', 'us-west-2'],
  environment: stores.environment,
})
const admin = new TestCaller(server)
const west = new TestCaller(server, { region: 'us-west-2' })
const invalidState = 'CustomKeyStoreInvalidStateException'

const stateOf = async (caller: TestCaller, CustomKeyStoreId: string) => {
  const { CustomKeyStores } = await caller.sdk.describeCustomKeyStores({ CustomKeyStoreId })
  const { ConnectionState, ConnectionErrorCode } = CustomKeyStores?.[0] ?? {}
  return { ConnectionState, ConnectionErrorCode }
}

test('a store is connected and disconnected, and each state allows its operations alone', async () => {
  const CustomKeyStoreId = await stores.make(admin)
  const store = { CustomKeyStoreId }
  await admin.isRefused('DisconnectCustomKeyStore', store, invalidState)
  assert.deepEqual(await admin.answer('ConnectCustomKeyStore', store), {})
  await stores.becomes(admin, CustomKeyStoreId, 'CONNECTED')
  assert.deepEqual(await admin.answer('ConnectCustomKeyStore', store), {})
  assert.equal((await stateOf(admin, CustomKeyStoreId)).ConnectionState, 'CONNECTED')
  await admin.isRefused('DeleteCustomKeyStore', store, invalidState)
  assert.deepEqual(await admin.answer('DisconnectCustomKeyStore', store), {})
  await stores.becomes(admin, CustomKeyStoreId, 'DISCONNECTED')
  assert.deepEqual(await admin.answer('DeleteCustomKeyStore', store), {})
})

test('the proxy is asked for its health as KMS asks it', async () => {
  await stores.make(admin, 'CONNECTED')
  const { operation, requestMetadata } = stores.proxy.requests.at(-1) ?? {}
  assert.equal(operation, 'health')
  assert.equal(requestMetadata?.['kmsOperation'], 'ConnectCustomKeyStore')
})

// The codes are those of the API reference for these failures.
const reasons: readonly (readonly [code: string, override: Override])[] = [
  ['INVALID_CREDENTIALS', { errorName: 'AuthenticationFailedException' }],
  ['XKS_PROXY_ACCESS_DENIED', { errorName: 'AccessDeniedException' }],
  ['XKS_PROXY_INVALID_CONFIGURATION', { errorName: 'InvalidUriPathException' }],
  ['XKS_PROXY_INVALID_RESPONSE', { body: '<html>' }],
  ['XKS_PROXY_TIMED_OUT', { delayMillis: 1000 }],
]
for (const [code, override] of reasons) {
  test(`a store that cannot be connected is FAILED with ${code}, until it is disconnected`, async () => {
    const CustomKeyStoreId = await stores.make(west)
    const store = { CustomKeyStoreId }
    stores.proxy.respondWith(override, { operation: 'health' })
    await west.answer('ConnectCustomKeyStore', store)
    await stores.becomes(west, CustomKeyStoreId, 'FAILED')
    assert.equal((await stateOf(west, CustomKeyStoreId)).ConnectionErrorCode, code)
    await west.isRefused('ConnectCustomKeyStore', store, invalidState)
    await west.isRefused('UpdateCustomKeyStore', { ...store, NewCustomKeyStoreName: 'x' }, invalidState)
    await west.answer('DisconnectCustomKeyStore', store)
    await stores.becomes(west, CustomKeyStoreId, 'DISCONNECTED')
    assert.equal((await stateOf(west, CustomKeyStoreId)).ConnectionErrorCode, undefined)
    await west.answer('ConnectCustomKeyStore', store)
    await stores.becomes(west, CustomKeyStoreId, 'CONNECTED')
  })
}

test('the log has the reason of every connection that failed, with the store', async () => {
  const again = await stores.make(admin, 'FAILED', stores.unknownService())
  const other = await stores.make(admin, 'FAILED', stores.unknownService())
  await admin.answer('DisconnectCustomKeyStore', { CustomKeyStoreId: again })
  await stores.becomes(admin, again, 'DISCONNECTED')
  await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId: again })
  await stores.becomes(admin, again, 'FAILED')
  const lines = server
    .stderr()
    .split('\n')
    .filter(line => line.includes('proxy has failed'))
  const reasonsOf = (id: string) =>
    lines
      .filter(line => line.includes(`"customKeyStoreId":"${id}"`))
      .map(line => line.includes('names no upstream'))
  assert.deepEqual([reasonsOf(again), reasonsOf(other)], [[true, true], [true]])
})

test('a service that the configuration does not name gives XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND', async () => {
  const id = await stores.make(west, 'FAILED', stores.unknownService())
  assert.equal((await stateOf(west, id)).ConnectionErrorCode, 'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND')
})

test('a proxy without a working key manager gives XKS_PROXY_NOT_REACHABLE', async () => {
  const { health } = stores.proxy
  const [member] = (health as { ekmFleetDetails: object[] }).ekmFleetDetails
  stores.proxy.health = { ...health, ekmFleetDetails: [{ ...member, healthStatus: 'UNAVAILABLE' }] }
  const id = await stores.make(west, 'FAILED')
  stores.proxy.health = health
  assert.equal((await stateOf(west, id)).ConnectionErrorCode, 'XKS_PROXY_NOT_REACHABLE')
})

test('a slow proxy delays neither the answer nor a different store', async () => {
  const [slow, fast] = [await stores.make(admin), await stores.make(admin)]
  // The first of the two requests is answered when the second has come: one after the other, the first would time out.
  const second = Promise.withResolvers<void>()
  const answersLater = async (exchange: Exchange) => {
    await second.promise
    sendAnswer(exchange, exchange.answer)
  }
  stores.proxy.respondWith({ deliver: answersLater }, { operation: 'health' })
  stores.proxy.respondWith(
    {
      deliver: exchange => {
        second.resolve()
        sendAnswer(exchange, exchange.answer)
      },
    },
    { operation: 'health' },
  )
  const connect = (CustomKeyStoreId: string) => admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  assert.deepEqual(await Promise.all([connect(slow), connect(fast)]), [{}, {}])
  await stores.becomes(admin, slow, 'CONNECTED')
  await stores.becomes(admin, fast, 'CONNECTED')
})

test('a store can be disconnected while it is connecting', async () => {
  const CustomKeyStoreId = await stores.make(admin)
  stores.proxy.respondWith({ delayMillis: 150 }, { operation: 'health' })
  await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  await admin.answer('DisconnectCustomKeyStore', { CustomKeyStoreId })
  await stores.becomes(admin, CustomKeyStoreId, 'DISCONNECTED')
  await sleep(300)
  assert.equal((await stateOf(admin, CustomKeyStoreId)).ConnectionState, 'DISCONNECTED')
})

test('the next start completes what a crash interrupted', async t => {
  const dataDirectory = temporaryDirectory()
  const options = { dataDirectory, environment: stores.environment }
  const first = await started(t, options)
  const caller = new TestCaller(first)
  const [connecting, disconnecting] = [await stores.make(caller), await stores.make(caller, 'CONNECTED')]
  // When the proxy is asked, the store is CONNECTING. The server may end before it has answered.
  const killed = Promise.withResolvers<void>()
  const kill = () => first.kill().then(killed.resolve)
  stores.proxy.respondWith({ deliver: kill }, { operation: 'health' })
  await caller.call('ConnectCustomKeyStore', { CustomKeyStoreId: connecting }).catch(() => undefined)
  await killed.promise
  await writeStored(first, async ({ customKeyStores }) => {
    const scope = { accountId: '000000000000', region: 'us-east-1' }
    const store = await customKeyStores.find(scope, disconnecting)
    assert.equal((await customKeyStores.find(scope, connecting))?.connectionState, 'CONNECTING')
    // A disconnection is over before a test can kill the server.
    if (store !== undefined) await customKeyStores.update({ ...store, connectionState: 'DISCONNECTING' })
  })
  const again = new TestCaller(await started(t, options))
  await stores.becomes(again, connecting, 'CONNECTED')
  await stores.becomes(again, disconnecting, 'DISCONNECTED')
})
