import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DisconnectCustomKeyStoreCommand, EncryptCommand } from '@aws-sdk/client-kms'
import { skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'
import { connectedStore, serverWithProxy } from '../../fixtures/xks/connected-store.ts'
import { startStubProxy } from '../../fixtures/xks/stub-proxy.ts'

// "When you disconnect an external key store, its KMS keys become unusable" (AWS KMS developer guide). Nothing may stay in memory for them.

test('a store that is disconnected has neither connections nor a signing key', {
  skip: skipWithoutOpenssl,
}, async t => {
  const proxy = await startStubProxy()
  t.after(() => proxy.stop())
  const { client, storeId, createKey, waitFor } = await connectedStore(await serverWithProxy(proxy), proxy)
  const KeyId = await createKey('stub-key-1')
  await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
  assert.ok(proxy.openConnections > 0)
  await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }))
  await waitFor('DISCONNECTED')
  // The next poll of health would close them, too, but three minutes later.
  for (const end = Date.now() + 10_000; proxy.openConnections > 0 && Date.now() < end; ) await sleep(20)
  assert.equal(proxy.openConnections, 0)
})
