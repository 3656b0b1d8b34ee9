import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  ConnectCustomKeyStoreCommand,
  DisconnectCustomKeyStoreCommand,
  KMSServiceException,
  ListKeysCommand,
} from '@aws-sdk/client-kms'
import { readAuditRecords } from '../../fixtures/keyward-process.ts'
import { skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'
import { connectedStore, createdStore, serverWithProxy } from '../../fixtures/xks/connected-store.ts'
import { failureTexts as texts } from '../../fixtures/xks/failure-texts.ts'
import * as hostile from '../../fixtures/xks/hostile-answers.ts'
import { brokenConnections, refusedHandshakes, silentConnection } from '../../fixtures/xks/hostile-proxy.ts'
import { healthAnswer } from '../../fixtures/xks/proxy-operations.ts'
import { startStubProxy } from '../../fixtures/xks/stub-proxy.ts'
import type { Override } from '../../fixtures/xks/stub-types.ts'

// A store whose proxy is not what it must be is not connected, and no key comes into being in it (AWS KMS developer guide,
// "Connection errors for external key stores"; XKS proxy API specification, "GetHealthStatus", "GetKeyMetadata", "Error codes").

const fleetOf = (...states: unknown[]) =>
  states.map((healthStatus, index) => ({ id: `hsm-id-${index}`, model: 'Memory 5.0', healthStatus }))
const health = (change: object): Override => ({ body: { ...healthAnswer, ...change } })

/** Health answers that break a rule of "GetHealthStatus". */
const wrongHealth: Readonly<Record<string, Override>> = {
  'has no machines': health({ xksProxyFleetSize: 0 }),
  'has half a machine': health({ xksProxyFleetSize: 1.5 }),
  'counts its machines in a text': health({ xksProxyFleetSize: '2' }),
  'names no vendor': health({ xksProxyVendor: undefined }),
  'has no model': health({ xksProxyModel: undefined }),
  'names no vendor of key managers': health({ ekmVendor: undefined }),
  'has no key managers': health({ ekmFleetDetails: [] }),
  'has eleven key managers': health({ ekmFleetDetails: fleetOf(...Array(11).fill('ACTIVE')) }),
  'has a key manager in an unknown state': health({ ekmFleetDetails: fleetOf('ACTIVE', 'FINE') }),
  'has an object for its key managers': health({ ekmFleetDetails: { length: 1 } }),
}

/** Key metadata with which CreateKey fails ("GetKeyMetadata", "KMS Considerations"). */
const unfitKeys: Readonly<Record<string, object>> = {
  'is no AES key of 256 bits': { keySpec: 'RSA_2048' },
  'does not encrypt': { keyUsage: ['DECRYPT', 'WRAP'] },
  'does not decrypt': { keyUsage: ['ENCRYPT'] },
  'is disabled': { keyStatus: 'DISABLED' },
}
const rightKey = { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' }

/** Key metadata that no answer can have. */
const wrongMetadata: Readonly<Record<string, object>> = {
  'have an unknown status': { ...rightKey, keyStatus: 'enabled' },
  'have eleven usages': { ...rightKey, keyUsage: Array(11).fill('ENCRYPT') },
  'have a text of usages': { ...rightKey, keyUsage: 'ENCRYPT DECRYPT' },
  'have no usages': { keySpec: 'AES_256', keyStatus: 'ENABLED' },
  'have no spec': { keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' },
}

describe('connecting to a hostile proxy', { skip: skipWithoutOpenssl }, async () => {
  if (skipWithoutOpenssl !== false) return
  const proxy = await startStubProxy()
  after(() => proxy.stop())
  const keyward = await serverWithProxy(proxy)
  const store = await createdStore(keyward, proxy)
  const command = { CustomKeyStoreId: store.storeId }

  /** Asserts that the store cannot be connected, for a reason, and disconnects it. */
  async function failsWith(errorCodes: readonly string[]): Promise<void> {
    await store.client.send(new ConnectCustomKeyStoreCommand(command))
    await store.waitFor('FAILED')
    const { errorCode } = await store.state()
    assert.ok(errorCodes.includes(errorCode ?? ''), `the reason is ${errorCode}`)
    await assert.rejects(store.client.send(new ConnectCustomKeyStoreCommand(command)), {
      name: 'CustomKeyStoreInvalidStateException',
    })
    await store.client.send(new DisconnectCustomKeyStoreCommand(command))
    await store.waitFor('DISCONNECTED')
    proxy.respondRightly()
  }

  const answers: readonly (readonly [string, Readonly<Record<string, Override>>, readonly string[]])[] = [
    ['is late', hostile.lateAnswers, ['XKS_PROXY_TIMED_OUT']],
    ['breaks off', hostile.brokenAnswers, ['XKS_PROXY_NOT_REACHABLE', 'XKS_PROXY_INVALID_RESPONSE']],
    ['is malformed', hostile.malformedAnswers, ['XKS_PROXY_INVALID_RESPONSE']],
    ['has a malformed error', hostile.malformedErrors, ['XKS_PROXY_INVALID_RESPONSE']],
    ['has an odd error', hostile.oddErrors, ['XKS_PROXY_ACCESS_DENIED']],
    ['breaks a rule', wrongHealth, ['XKS_PROXY_INVALID_RESPONSE']],
  ]
  for (const [kind, behaviours, errorCodes] of answers)
    for (const [name, override] of Object.entries(behaviours))
      test(`fails if the health of the proxy ${kind}: it ${name}`, async () => {
        proxy.respondWith(override, { times: 100 })
        await failsWith(errorCodes)
      })

  const errors = {
    AuthenticationFailedException: 'INVALID_CREDENTIALS',
    InvalidUriPathException: 'XKS_PROXY_INVALID_CONFIGURATION',
    AccessDeniedException: 'XKS_PROXY_ACCESS_DENIED',
    DependencyTimeoutException: 'XKS_PROXY_TIMED_OUT',
  }
  for (const [errorName, errorCode] of Object.entries(errors))
    test(`fails with ${errorCode} if the proxy answers ${errorName}`, async () => {
      proxy.respondWith({ errorName, errorMessage: hostile.hostileText }, { times: 100 })
      await failsWith([errorCode])
    })

  test('fails if all key managers are unavailable, and succeeds if one is degraded', async () => {
    proxy.respondWith(health({ ekmFleetDetails: fleetOf('UNAVAILABLE', 'UNAVAILABLE') }), { times: 100 })
    await failsWith(['XKS_PROXY_NOT_REACHABLE'])
    proxy.respondWith(health({ ekmFleetDetails: fleetOf('UNAVAILABLE', 'DEGRADED') }), { times: 100 })
    await store.client.send(new ConnectCustomKeyStoreCommand(command))
    await store.waitFor('CONNECTED')
    await store.client.send(new DisconnectCustomKeyStoreCommand(command))
    await store.waitFor('DISCONNECTED')
    proxy.respondRightly()
  })

  for (const [name, settings] of Object.entries(refusedHandshakes))
    test(`fails if the proxy ${name}`, async () => {
      proxy.useTls(settings(proxy))
      proxy.dropConnections()
      await failsWith(['XKS_PROXY_INVALID_TLS_CONFIGURATION'])
      proxy.useTls(proxy.rightTls())
    })

  for (const [name, receive] of Object.entries({ ...brokenConnections, 'says nothing': silentConnection }))
    test(`fails if the server at the proxy's address ${name}`, async () => {
      proxy.receive = receive
      proxy.dropConnections()
      const wanted = ['XKS_PROXY_INVALID_TLS_CONFIGURATION', 'XKS_PROXY_NOT_REACHABLE']
      await failsWith(receive === silentConnection ? ['XKS_PROXY_TIMED_OUT'] : wanted)
      proxy.receive = undefined
    })

  test('sends requests as the specification has them', () => {
    assert.deepEqual(proxy.faults, [])
  })
})

describe('creating a key through a hostile proxy', { skip: skipWithoutOpenssl }, async () => {
  if (skipWithoutOpenssl !== false) return
  const proxy = await startStubProxy()
  after(() => proxy.stop())
  const keyward = await serverWithProxy(proxy)
  const store = await connectedStore(keyward, proxy)

  /** Asserts that CreateKey fails, with a record, without a key and without text of the proxy. */
  async function refused(override: Override, exception: string, text?: string): Promise<void> {
    proxy.respondWith(override, { operation: 'metadata', times: 100 })
    const error = await store.createKey('stub-key-1').then(
      () => assert.fail('the key is created'),
      (thrown: unknown) => thrown,
    )
    proxy.respondRightly()
    assert.ok(error instanceof KMSServiceException, String(error))
    assert.equal(error.name, exception, error.message)
    if (text !== undefined) assert.equal(error.message, text)
    assert.ok(!JSON.stringify(error).includes(hostile.hostileText))
    const { Keys } = await store.client.send(new ListKeysCommand({}))
    assert.deepEqual(Keys, [])
    const record = readAuditRecords(keyward.dataDirectory).findLast(one => one['eventName'] === 'CreateKey')
    assert.equal(record?.['errorCode'], exception)
    assert.equal(record?.['errorMessage'], error.message)
  }

  for (const [name, change] of Object.entries(unfitKeys))
    test(`refuses an external key that ${name}`, () =>
      refused({ body: { ...rightKey, ...change } }, 'XksKeyInvalidConfigurationException'))

  for (const [name, body] of Object.entries(wrongMetadata))
    test(`refuses metadata that ${name}`, () =>
      refused({ body }, 'CustomKeyStoreInvalidStateException', texts.malformed))

  const answers: readonly (readonly [Readonly<Record<string, Override>>, string | undefined])[] = [
    [hostile.lateAnswers, texts.timeout],
    [hostile.brokenAnswers, undefined],
    [hostile.malformedAnswers, texts.malformed],
    [hostile.malformedErrors, texts.malformed],
  ]
  for (const [behaviours, text] of answers)
    for (const [name, override] of Object.entries(behaviours))
      test(`refuses the answer of a proxy that ${name}`, () =>
        refused(override, 'CustomKeyStoreInvalidStateException', text))

  test('refuses a key to which the proxy denies access', () =>
    refused(
      { errorName: 'AccessDeniedException', errorMessage: hostile.hostileText },
      'KMSInvalidStateException',
      texts.AccessDeniedException,
    ))

  test('creates the key when the proxy answers as it must', async () => {
    assert.ok(await store.createKey('stub-key-1'))
    assert.deepEqual(proxy.faults, [])
  })
})
