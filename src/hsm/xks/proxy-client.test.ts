import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rendered } from '../../../test/fixtures/metrics/rendered.ts'
import { skipWithoutOpenssl } from '../../../test/fixtures/tls/openssl-certificates.ts'
import { XksFailure, type XksFailureName, xksText } from '../../domain/index.ts'
import { SealBroken } from '../problems.ts'
import { newKey } from '../samples.test.ts'
import {
  clientOf,
  customKeyStoreId,
  hsm,
  purpose,
  requester,
  scope,
  storeOf,
  stub,
  useOf,
} from './proxy-samples.test.ts'

const options = { skip: skipWithoutOpenssl }
const decrypting = { ...requester, purpose: { ...purpose, operation: 'Decrypt' } }
const plaintext = Buffer.from('plaintext of an external key')
const data = Buffer.from('header and encryption context')

/** The answer of a cryptographic operation to a failure. */
const invalidState = (failure: XksFailureName) => ({
  code: 'KMSInvalidStateException',
  message: xksText(failure),
})

test(
  'a key in an external key store encrypts twice, and decrypts what it has encrypted',
  options,
  async () => {
    for (const more of [{}, { ciphertextMetadata: Buffer.from('key_version=1'), ivBytes: 16 } as const]) {
      const proxy = await stub(more)
      const { client } = clientOf(proxy)
      hsm.useExternalKeys(client)
      const inner = await newKey(hsm, 'SYMMETRIC_DEFAULT')
      const key = { ...inner, externalKey: { customKeyStoreId, xksKeyId: 'stub-key-1' } }
      const sealed = await hsm.encrypt(key, plaintext, data, requester)
      assert.deepEqual(await hsm.decrypt(key, sealed, data, decrypting), plaintext)
      const [encrypted] = proxy.requests
      assert.ok(!Buffer.from(String(encrypted?.body['plaintext']), 'base64').includes(plaintext))
      assert.equal(encrypted?.body['ciphertextDataIntegrityValueAlgorithm'], 'SHA_256')
      assert.deepEqual(proxy.faults, [])
      // The context is too long for a key manager.
      const long = Buffer.alloc(8193, 1)
      const other = await hsm.encrypt(key, plaintext, long, requester)
      assert.deepEqual(await hsm.decrypt(key, other, long, decrypting), plaintext)
      assert.deepEqual(proxy.faults, [])
    }
  },
)

test('a wrong plaintext of the proxy is the fault of the proxy', options, async () => {
  const proxy = await stub()
  const { client } = clientOf(proxy)
  hsm.useExternalKeys(client)
  const inner = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const key = { ...inner, externalKey: { customKeyStoreId, xksKeyId: 'stub-key-1' } }
  const sealed = await hsm.encrypt(key, plaintext, data, requester)
  const given = Buffer.from(String(proxy.requests[0]?.body['plaintext']), 'base64')
  const zeros = { plaintext: Buffer.alloc(given.length).toString('base64') }
  proxy.respondWith({ body: zeros }, { operation: 'decrypt' })
  await assert.rejects(
    async () => await hsm.decrypt(key, sealed, data, decrypting),
    invalidState('invalidPlaintext'),
  )
})

test('a credential that does not open is no fault of the ciphertext', options, async () => {
  const proxy = await stub()
  const { client, stores } = clientOf(proxy)
  hsm.useExternalKeys(client)
  const inner = await newKey(hsm, 'SYMMETRIC_DEFAULT')
  const key = { ...inner, externalKey: { customKeyStoreId, xksKeyId: 'stub-key-1' } }
  const sealed = await hsm.encrypt(key, plaintext, data, requester)
  const wrappedSecret = hsm.wrapSecret('a different name', Buffer.alloc(43, 97), scope.region)
  stores.set(customKeyStoreId, storeOf(proxy, {}, { wrappedSecret }))
  await assert.rejects(
    async () => await hsm.decrypt(key, sealed, data, decrypting),
    error => !(error instanceof SealBroken) && /credential .* does not open/.test(String(error)),
  )
})

test('the proxy hears of the call, and of the VPC of the owner of the key alone', options, async () => {
  const proxy = await stub()
  const { client } = clientOf(proxy)
  const { kmsKeyArn } = useOf()
  const common = { kmsKeyArn, kmsOperation: purpose.operation, kmsRequestId: purpose.requestId }
  const inVpc = { ...purpose, sourceVpc: 'vpc-1', sourceVpce: 'vpce-1' }
  const seen = async (given: typeof requester | undefined) => {
    await client.encrypt(useOf({ requester: given }), plaintext, data)
    return proxy.requests.at(-1)?.requestMetadata
  }
  const { principalArn } = purpose
  assert.deepEqual(await seen(requester), { awsPrincipalArn: principalArn, ...common })
  assert.deepEqual(await seen({ ...requester, purpose: inVpc }), {
    ...{ awsPrincipalArn: principalArn, awsSourceVpc: 'vpc-1', awsSourceVpce: 'vpce-1' },
    ...common,
  })
  assert.deepEqual(await seen({ accountId: '111111111111', purpose: inVpc }), {
    ...{ awsPrincipalArn: principalArn, ...common },
  })
  const service = { ...purpose, principalArn: 'ec2.amazonaws.com', viaService: 'ec2.us-east-1.amazonaws.com' }
  assert.deepEqual(await seen({ ...requester, purpose: service }), {
    ...{ awsPrincipalArn: 'ec2.amazonaws.com', ...common, kmsViaService: 'ec2.us-east-1.amazonaws.com' },
  })
  const { kmsRequestId, ...own } = (await seen(undefined)) ?? {}
  assert.match(String(kmsRequestId), /^[0-9a-f-]{36}$/)
  assert.deepEqual(own, { awsPrincipalArn: 'AWS Internal', kmsKeyArn, kmsOperation: 'Encrypt' })
  assert.deepEqual(proxy.faults, [])
})

test('metadata of a key and the health of a proxy are asked for on behalf of a call', options, async () => {
  const proxy = await stub()
  const { client, stores } = clientOf(proxy)
  const store = stores.get(customKeyStoreId) ?? assert.fail()
  const create = { operation: 'CreateKey', requestId: 'r-1', principalArn: purpose.principalArn }
  const found = await client.keyMetadata(store, 'stub-key-1', create)
  assert.deepEqual(found, { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' })
  assert.deepEqual(proxy.requests.at(-1)?.requestMetadata, {
    ...{ awsPrincipalArn: purpose.principalArn, kmsOperation: 'CreateKey', kmsRequestId: 'r-1' },
  })
  await assert.rejects(client.keyMetadata(store, 'other', create), { failure: 'KeyNotFoundException' })

  const { secretAccessKey } = proxy.credential
  const access = { ...store.proxy, ...scope, secret: Buffer.from(secretAccessKey) }
  await client.checkHealth(access, { ...create, operation: 'CreateCustomKeyStore' })
  assert.deepEqual(proxy.requests.at(-1)?.requestMetadata, {
    ...{ kmsOperation: 'CreateCustomKeyStore', kmsRequestId: 'r-1' },
  })
  assert.equal(access.secret.toString(), secretAccessKey, 'the caller wipes the secret')
  const wrong = { ...access, secret: Buffer.from('a'.repeat(43)) }
  await assert.rejects(client.checkHealth(wrong, create), { failure: 'AuthenticationFailedException' })
  proxy.faults.length = 0
  await client.pollHealth(store)
  assert.equal(proxy.requests.at(-1)?.requestMetadata['kmsOperation'], 'KmsHealthCheck')
  assert.deepEqual(proxy.faults, [])
})

test(
  'a proxy without a key manager that works is not well, and one that is degraded is',
  options,
  async () => {
    const proxy = await stub()
    const { client, stores } = clientOf(proxy)
    const store = stores.get(customKeyStoreId) ?? assert.fail()
    const fleet = (...states: string[]) => ({
      ...proxy.health,
      ekmFleetDetails: states.map((healthStatus, id) => ({ id: `${id}`, model: 'm', healthStatus })),
    })
    proxy.health = fleet('UNAVAILABLE', 'DEGRADED')
    await client.pollHealth(store)
    proxy.health = fleet('UNAVAILABLE', 'UNAVAILABLE')
    await assert.rejects(client.pollHealth(store), { failure: 'noKeyManager' })
    for (const wrong of [
      fleet(),
      fleet(...Array.from({ length: 11 }, () => 'ACTIVE')),
      fleet('active'),
      { ...fleet('ACTIVE'), xksProxyFleetSize: 0 },
      { ...fleet('ACTIVE'), xksProxyFleetSize: 1.5 },
      { ...fleet('ACTIVE'), xksProxyVendor: undefined },
      { ...fleet('ACTIVE'), ekmVendor: '' },
    ]) {
      proxy.health = wrong
      await assert.rejects(client.pollHealth(store), { failure: 'malformed' }, JSON.stringify(wrong))
    }
  },
)

test(
  'only a connected custom key store is used, and a change of it holds from the next call on',
  options,
  async () => {
    const proxy = await stub()
    const { client, stores } = clientOf(proxy)
    const encrypt = () => client.encrypt(useOf(), plaintext, data)
    await encrypt()
    for (const connectionState of ['DISCONNECTED', 'CONNECTING', 'FAILED', 'DISCONNECTING'] as const) {
      stores.set(customKeyStoreId, storeOf(proxy, { connectionState }))
      await assert.rejects(encrypt, invalidState('notConnected'))
    }
    stores.delete(customKeyStoreId)
    await assert.rejects(encrypt, invalidState('notConnected'))
    assert.equal(proxy.requests.length, 1)

    const next = {
      accessKeyId: 'SECONDSTUBPROXYKEYID',
      secretAccessKey: 'SecondStubProxySecretAccessKeySecondStubProxy',
    }
    proxy.credentials.push(next)
    stores.set(customKeyStoreId, storeOf(proxy, {}, { accessKeyId: next.accessKeyId }, next.secretAccessKey))
    await encrypt()
    assert.equal(proxy.requests.at(-1)?.accessKeyId, next.accessKeyId)
    assert.equal(proxy.counters.connections, 1, 'a new credential needs no new connection')
    stores.set(customKeyStoreId, storeOf(proxy, {}, { uriEndpoint: 'https://elsewhere.example.test' }))
    await assert.rejects(encrypt, invalidState('noTls'))
    assert.equal(proxy.counters.connections, 2)
  },
)

test('the signature has the day of the clock', options, async () => {
  let now = Date.UTC(2026, 10, 30, 23, 59, 59)
  const clock = { now: () => now }
  const proxy = await stub({ now: clock.now })
  const { client } = clientOf(proxy, { signingClock: clock })
  const dayOf = async () => {
    await client.encrypt(useOf(), plaintext, data)
    return /\/(\d{8})\/us-east-1\/kms-xks-proxy\//.exec(
      proxy.requests.at(-1)?.headers['authorization'] ?? '',
    )?.[1]
  }
  assert.equal(await dayOf(), '20261130')
  now += 1000
  assert.equal(await dayOf(), '20261201')
  assert.match(proxy.requests.at(-1)?.headers['authorization'] ?? '', /SignedHeaders=host;x-amz-date, /)
  assert.deepEqual(proxy.faults, [])
})

test('failures are reported with the words of the proxy, and answered without them', options, async () => {
  const proxy = await stub()
  const { client, failures } = clientOf(proxy)
  proxy.respondWith({ errorName: 'AccessDeniedException', errorMessage: `\u001b[31mno\n${'x'.repeat(2000)}` })
  const error = await client.encrypt(useOf(), plaintext, data).catch(thrown => thrown)
  assert.equal(error.message, xksText('AccessDeniedException'))
  assert.equal(error.reason, 'the proxy answered with status 403')
  const [{ failure, said, ...facts } = assert.fail()] = failures
  assert.ok(failure instanceof XksFailure)
  assert.deepEqual(facts, { customKeyStoreId, operation: 'Encrypt' })
  assert.match(said ?? '', /^\\u\{1b\}\[31mno x{500,512}$/)
})

test('metrics have what AWS reports, of connected custom key stores alone', options, async () => {
  const proxy = await stub()
  const day = 86_400_000
  const clock = { now: () => Date.now() }
  const { client, stores } = clientOf(proxy, { clock })
  const store = storeOf(proxy, {}, { credentialSince: clock.now() - 3 * day })
  stores.set(customKeyStoreId, store)
  await client.encrypt(useOf(), plaintext, data)
  await client.pollHealth(store)
  proxy.respondWith({ errorName: 'ThrottlingException' })
  await assert.rejects(client.encrypt(useOf(), plaintext, data))
  proxy.respondWith({ errorName: 'AccessDeniedException' })
  await assert.rejects(client.encrypt(useOf(), plaintext, data))
  const text = await rendered(client.metrics())
  const valueIn = (series: string) => {
    const line = text.split('\n').find(each => each.startsWith(`${series} `))
    return Number(line?.slice(series.length))
  }
  const own = `custom_key_store="${customKeyStoreId}"`
  for (const type of ['retryable', 'non_retryable'])
    assert.equal(valueIn(`keyward_xks_proxy_errors_total{${own},operation="Encrypt",type="${type}"}`), 1)
  assert.equal(valueIn(`keyward_xks_proxy_seconds_count{${own},operation="Encrypt"}`), 3)
  assert.equal(valueIn(`keyward_xks_proxy_seconds_count{${own},operation="GetHealthStatus"}`), 1)
  // The fixture's certificate is valid for 30 days, and its fleet has one key manager of each of these states.
  const days = valueIn(`keyward_xks_proxy_certificate_expiry_days{${own}}`)
  assert.ok(days > 29 && days <= 30, `${days}`)
  assert.equal(Math.round(valueIn(`keyward_xks_credential_age_days{${own}}`)), 3)
  for (const [state, count] of [
    ['ACTIVE', 1],
    ['DEGRADED', 1],
    ['UNAVAILABLE', 0],
  ] as const)
    assert.equal(valueIn(`keyward_xks_external_key_managers{${own},state="${state}"}`), count)
  stores.set(customKeyStoreId, { ...store, connectionState: 'DISCONNECTED' })
  await client.releaseAllAway()
  assert.ok(!(await rendered(client.metrics())).includes(customKeyStoreId))
})
