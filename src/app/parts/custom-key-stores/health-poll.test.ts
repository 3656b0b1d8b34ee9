import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithoutOpenssl } from '../../../../test/fixtures/tls/openssl-certificates.ts'
import { startStubProxy } from '../../../../test/fixtures/xks/stub-proxy.ts'
import type { CustomKeyStore } from '../../../domain/index.ts'
import { openProxyClient } from '../../../hsm/index.ts'
import { AddressRanges, OutboundPolicy, systemClock } from '../../../std/index.ts'
import { HealthPoll } from './health-poll.ts'

const serviceName = 'com.amazonaws.vpce.us-east-1.vpce-svc-0'

/** A proxy, a custom key store for it, and the client of a server that has the stores in the map. */
async function polled(t: TestContext) {
  const proxy = await startStubProxy()
  t.after(() => proxy.stop())
  const { accessKeyId, secretAccessKey } = proxy.credential
  const store: CustomKeyStore = {
    ...{ accountId: '000000000000', region: 'us-east-1', customKeyStoreId: 'cks-0', name: 'outside' },
    ...{ type: 'EXTERNAL_KEY_STORE', createdAt: 0, connectionState: 'CONNECTED' },
    connectionErrorCode: undefined,
    proxy: {
      ...{ connectivity: 'VPC_ENDPOINT_SERVICE', uriEndpoint: `https://${proxy.hostName}` },
      ...{ uriPath: proxy.uriPath, vpcEndpointServiceName: serviceName, vpcEndpointServiceOwner: undefined },
      ...{ accessKeyId, wrappedSecret: Buffer.from(secretAccessKey), credentialSince: 0 },
    },
  }
  const stores = new Map([[store.customKeyStoreId, store]])
  const client = await openProxyClient({
    ...{
      findStore: (_scope, id) => stores.get(id),
      unwrapSecret: (_name, wrapped) =>
        wrapped.length > 0 ? Buffer.from(wrapped) : assert.fail('it does not open'),
      onFailure: () => {},
    },
    settings: {
      ...{ ca: proxy.caPem, clientCertificate: undefined },
      vpcEndpointServices: new Map([[serviceName, { host: '127.0.0.1', port: proxy.port }]]),
    },
    outbound: new OutboundPolicy({ hosts: [], ranges: new AddressRanges() }),
    ...{ clock: systemClock, signingClock: systemClock },
  })
  t.after(() => client.close())
  const lines: unknown[] = []
  const write = (facts: unknown, text: string) => lines.push([facts, text])
  return { proxy, store, stores, client, lines, poll: new HealthPoll({ warn: write, error: write } as never) }
}

test('a list of stores that is out of date closes no connection, and asks no proxy', {
  skip: skipWithoutOpenssl,
}, async t => {
  const { proxy, store, stores, client, lines, poll } = await polled(t)
  await poll.run(client, [store])
  // The store was connected after the list was read.
  await poll.run(client, [])
  await poll.run(client, [store])
  assert.deepEqual([proxy.requests.length, proxy.counters.connections], [2, 1])
  // The credential was changed after the list was read.
  const old = { ...store, proxy: { ...store.proxy, wrappedSecret: Buffer.from('a'.repeat(43)) } }
  await poll.run(client, [old])
  assert.deepEqual(lines, [])
  // The store was disconnected after the list was read.
  stores.set(store.customKeyStoreId, { ...store, connectionState: 'DISCONNECTED' })
  await poll.run(client, [store])
  assert.deepEqual([proxy.requests.length, proxy.counters.connections], [3, 1])
  for (const end = Date.now() + 5000; proxy.openConnections > 0; await sleep(5)) assert.ok(Date.now() < end)
})

test('the log says when a proxy turns bad and when it is good again, once each', {
  skip: skipWithoutOpenssl,
}, async t => {
  const { proxy, store, stores, client, lines, poll } = await polled(t)
  await poll.run(client, [store])
  assert.deepEqual(lines, [])
  const { health } = proxy
  proxy.health = { ...health, ekmFleetDetails: [{ id: '1', model: 'm', healthStatus: 'UNAVAILABLE' }] }
  for (let i = 0; i < 3; i++) await poll.run(client, [store])
  proxy.health = health
  for (let i = 0; i < 3; i++) await poll.run(client, [store])
  const facts = { failure: 'noKeyManager', reason: 'all 1 key managers are UNAVAILABLE' }
  assert.deepEqual(lines, [
    [{ customKeyStoreId: 'cks-0', ...facts }, 'the proxy of an external key store is not well'],
    [{ customKeyStoreId: 'cks-0' }, 'the proxy of an external key store is well again'],
  ])
  // A credential that does not open is a fault of the server, and hides no other proxy.
  const broken = {
    ...store,
    customKeyStoreId: 'cks-1',
    proxy: { ...store.proxy, wrappedSecret: Buffer.alloc(0) },
  }
  stores.set(broken.customKeyStoreId, broken)
  proxy.health = { ...health, ekmFleetDetails: [{ id: '1', model: 'm', healthStatus: 'UNAVAILABLE' }] }
  await assert.rejects(poll.run(client, [broken, store]), /does not open/)
  assert.equal(lines.length, 3)
})
