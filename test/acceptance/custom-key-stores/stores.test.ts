import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type CreateCustomKeyStoreCommandInput, paginateDescribeCustomKeyStores } from '@aws-sdk/client-kms'
import { checkRefusal, TestCaller } from '../../fixtures/caller.ts'
import { testServer } from '../../fixtures/test-server.ts'
import { ExternalStores } from '../../fixtures/worlds/external-stores.ts'
import { sendAnswer } from '../../fixtures/xks/stub-proxy.ts'
import type { Exchange } from '../../fixtures/xks/stub-types.ts'

// Creating, describing, changing and deleting external key stores (AWS KMS API reference, and developer guide, "External key stores").
// The proxy is one that was written from the specification alone.

const stores = await ExternalStores.start()
after(() => stores.stop())
const server = await testServer({
  regions: ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'eu-north-1'],
  environment: stores.environment,
})
const regions = ['us-west-2', 'eu-west-1', 'eu-central-1', 'eu-north-1']
/** A Region that no other test uses. */
const newRegion = () => new TestCaller(server, { region: regions.pop() ?? '' })
const admin = new TestCaller(server)

const describe = async (caller: TestCaller, CustomKeyStoreId: string) =>
  (await caller.sdk.describeCustomKeyStores({ CustomKeyStoreId })).CustomKeyStores?.[0]

test('a new store has an id, is DISCONNECTED, and shows its settings without its secret', async () => {
  const input = stores.newStore() as unknown as CreateCustomKeyStoreCommandInput
  const before = Date.now()
  const { CustomKeyStoreId = '' } = await admin.sdk.createCustomKeyStore(input)
  assert.match(CustomKeyStoreId, /^cks-[0-9a-f]{17}$/)
  const { CreationDate, ...store } = (await describe(admin, CustomKeyStoreId)) ?? {}
  assert.ok(Math.abs((CreationDate?.getTime() ?? 0) - before) < 10_000)
  assert.deepEqual(store, {
    CustomKeyStoreId,
    CustomKeyStoreName: input.CustomKeyStoreName,
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    ConnectionState: 'DISCONNECTED',
    XksProxyConfiguration: {
      Connectivity: 'VPC_ENDPOINT_SERVICE',
      AccessKeyId: input.XksProxyAuthenticationCredential?.AccessKeyId,
      UriEndpoint: input.XksProxyUriEndpoint,
      UriPath: input.XksProxyUriPath,
      VpcEndpointServiceName: input.XksProxyVpcEndpointServiceName,
      VpcEndpointServiceOwner: '000000000000',
    },
  })
})

test('the members of each kind of store are required, and those of other kinds refused', async () => {
  const caller = newRegion()
  const good = stores.newStore()
  const refused = [
    { XksProxyConnectivity: undefined },
    { XksProxyUriEndpoint: undefined },
    { XksProxyUriPath: undefined },
    { XksProxyAuthenticationCredential: undefined },
    { XksProxyVpcEndpointServiceName: undefined },
    { XksProxyConnectivity: 'PUBLIC_ENDPOINT' },
    { XksProxyUriPath: '/kms/xks/v2' },
    { KeyStorePassword: 'kmsPswd1' },
    { CloudHsmClusterId: 'cluster-1a23b4cdefg' },
    { TrustAnchorCertificate: 'PEM' },
  ]
  for (const more of refused)
    await caller.isRefused('CreateCustomKeyStore', { ...good, ...more }, 'ValidationException')
  const owner = { XksProxyConnectivity: 'PUBLIC_ENDPOINT', XksProxyVpcEndpointServiceName: undefined }
  const foreign = { ...good, ...owner, XksProxyVpcEndpointServiceOwner: '111111111111' }
  await caller.isRefused('CreateCustomKeyStore', foreign, 'ValidationException')
  for (const CustomKeyStoreType of ['AWS_CLOUDHSM', undefined]) {
    const input = { ...good, CustomKeyStoreType }
    await caller.isRefused('CreateCustomKeyStore', input, 'ValidationException')
  }
  assert.deepEqual((await caller.sdk.describeCustomKeyStores({})).CustomKeyStores, [])
})

test('a name, an endpoint with its path, and a VPC endpoint service belong to one store of a Region', async () => {
  const [caller, elsewhere] = [newRegion(), newRegion()]
  const good = stores.newStore()
  const first = await caller.answer('CreateCustomKeyStore', good)
  const attempts: [object, string][] = [
    [{ CustomKeyStoreName: good['CustomKeyStoreName'] }, 'CustomKeyStoreNameInUseException'],
    [{ XksProxyUriEndpoint: good['XksProxyUriEndpoint'] }, 'XksProxyUriInUseException'],
    [
      { XksProxyUriEndpoint: String(good['XksProxyUriEndpoint']).replace('example', 'EXAMPLE') },
      'XksProxyUriInUseException',
    ],
    [{ XksProxyUriEndpoint: `${good['XksProxyUriEndpoint']}.` }, 'XksProxyUriInUseException'],
    [
      { XksProxyUriEndpoint: good['XksProxyUriEndpoint'], XksProxyUriPath: '/b/kms/xks/v1' },
      'XksProxyUriEndpointInUseException',
    ],
    [
      {
        XksProxyUriEndpoint: good['XksProxyUriEndpoint'],
        XksProxyUriPath: '/b/kms/xks/v1',
        XksProxyConnectivity: 'PUBLIC_ENDPOINT',
        XksProxyVpcEndpointServiceName: undefined,
      },
      'XksProxyUriEndpointInUseException',
    ],
    [
      { XksProxyVpcEndpointServiceName: good['XksProxyVpcEndpointServiceName'] },
      'XksProxyVpcEndpointServiceInUseException',
    ],
  ]
  for (const [more, code] of attempts)
    await caller.isRefused('CreateCustomKeyStore', stores.newStore(more as Record<string, unknown>), code)
  await elsewhere.answer('CreateCustomKeyStore', good)
  await caller.answer('DeleteCustomKeyStore', first)
  await caller.answer('CreateCustomKeyStore', good)
})

test('ten stores are all that an account may have in a Region, and all are listed in pages', async () => {
  const caller = newRegion()
  const made: string[] = []
  for (let count = 0; count < 10; count++) made.push(await stores.make(caller))
  await caller.isRefused(
    'CreateCustomKeyStore',
    stores.newStore(),
    'LimitExceededException',
    'Custom key stores quota for this account in this region is 10, current usage is 10.',
  )
  const seen: (string | undefined)[] = []
  const pages = paginateDescribeCustomKeyStores({ client: caller.sdk, pageSize: 3 }, {})
  for await (const { CustomKeyStores = [], NextMarker, Truncated } of pages) {
    assert.equal(Truncated, NextMarker !== undefined)
    assert.ok(CustomKeyStores.length <= 3)
    seen.push(...CustomKeyStores.map(store => store.CustomKeyStoreId))
  }
  assert.deepEqual(seen.sort(), made.sort())
})

test('a store is described by its id or its name', async () => {
  const CustomKeyStoreId = await stores.make(admin, 'DISCONNECTED', { CustomKeyStoreName: 'by name' })
  const { CustomKeyStores, Truncated } = await admin.sdk.describeCustomKeyStores({
    CustomKeyStoreName: 'by name',
  })
  assert.deepEqual(
    [CustomKeyStores?.map(store => store.CustomKeyStoreId), Truncated],
    [[CustomKeyStoreId], false],
  )
  const both = { CustomKeyStoreId, CustomKeyStoreName: 'by name' }
  await admin.isRefused('DescribeCustomKeyStores', both, 'ValidationException')
  for (const unknown of [{ CustomKeyStoreName: 'By name' }, { CustomKeyStoreId: 'cks-0' }])
    await admin.isRefused('DescribeCustomKeyStores', unknown, 'CustomKeyStoreNotFoundException')
  await admin.answer('DeleteCustomKeyStore', { CustomKeyStoreId })
  await admin.isRefused('DeleteCustomKeyStore', { CustomKeyStoreId }, 'CustomKeyStoreNotFoundException')
})

test('a store that is disconnected can be changed whole, and one that is connected in three members', async () => {
  const CustomKeyStoreId = await stores.make(admin)
  const { accessKeyId, secretAccessKey } = stores.proxy.credential
  const XksProxyAuthenticationCredential = { AccessKeyId: accessKeyId, RawSecretAccessKey: secretAccessKey }
  const next = stores.newStore()
  const { XksProxyUriEndpoint, XksProxyVpcEndpointServiceName } = next
  const owner = { XksProxyVpcEndpointServiceOwner: '111111111111' }
  const rest = { XksProxyUriEndpoint, XksProxyVpcEndpointServiceName, ...owner }
  assert.deepEqual(await admin.answer('UpdateCustomKeyStore', { CustomKeyStoreId, ...rest }), {})
  await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  await stores.becomes(admin, CustomKeyStoreId, 'CONNECTED')
  const asked = stores.proxy.requests.length
  await admin.answer('UpdateCustomKeyStore', { CustomKeyStoreId, NewCustomKeyStoreName: 'renamed' })
  assert.equal(stores.proxy.requests.length, asked, 'a name is no matter of the proxy')
  await admin.answer('UpdateCustomKeyStore', { CustomKeyStoreId, XksProxyAuthenticationCredential })
  assert.equal(stores.proxy.requests.at(-1)?.requestMetadata['kmsOperation'], 'UpdateCustomKeyStore')
  const XksProxyUriPath = stores.proxy.uriPath
  await admin.answer('UpdateCustomKeyStore', { CustomKeyStoreId, XksProxyUriPath })
  const connectivity = { XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' }
  const notNow = [...Object.entries(rest).map(([name, value]) => ({ [name]: value })), connectivity]
  for (const more of notNow) {
    const input = { CustomKeyStoreId, NewCustomKeyStoreName: 'never', ...more }
    await admin.isRefused('UpdateCustomKeyStore', input, 'CustomKeyStoreInvalidStateException')
  }
  const store = await describe(admin, CustomKeyStoreId)
  assert.deepEqual([store?.CustomKeyStoreName, store?.ConnectionState], ['renamed', 'CONNECTED'])
  assert.equal(store?.XksProxyConfiguration?.UriEndpoint, XksProxyUriEndpoint)
  assert.equal(store?.XksProxyConfiguration?.VpcEndpointServiceOwner, '111111111111')
})

test('an update that the proxy refuses changes nothing', async () => {
  const CustomKeyStoreId = await stores.make(admin, 'CONNECTED')
  const before = await describe(admin, CustomKeyStoreId)
  const wrong = { AccessKeyId: 'OTHERSTUBPROXYKEYIDA', RawSecretAccessKey: 'a'.repeat(43) }
  const credential = { XksProxyAuthenticationCredential: wrong }
  await admin.isRefused(
    'UpdateCustomKeyStore',
    { CustomKeyStoreId, NewCustomKeyStoreName: 'never', ...credential },
    'XksProxyIncorrectAuthenticationCredentialException',
    /^The external key store proxy rejected the request because it could not authenticate AWS KMS\./,
  )
  const path = { CustomKeyStoreId, XksProxyUriPath: '/other/kms/xks/v1' }
  await admin.isRefused('UpdateCustomKeyStore', path, 'XksProxyInvalidConfigurationException')
  assert.deepEqual(await describe(admin, CustomKeyStoreId), before)
})

test('an update whose settings were changed while the proxy was asked is refused', async () => {
  const CustomKeyStoreId = await stores.make(admin, 'CONNECTED')
  const [asked, changed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const deliver = async (exchange: Exchange) => {
    asked.resolve()
    await changed.promise
    sendAnswer(exchange, exchange.answer)
  }
  stores.proxy.respondWith({ deliver }, { operation: 'health' })
  const path = { CustomKeyStoreId, XksProxyUriPath: stores.proxy.uriPath }
  const slow = admin.call('UpdateCustomKeyStore', { ...path, NewCustomKeyStoreName: 'never' })
  await asked.promise
  const { accessKeyId, secretAccessKey } = stores.proxy.credential
  const XksProxyAuthenticationCredential = { AccessKeyId: accessKeyId, RawSecretAccessKey: secretAccessKey }
  await admin.answer('UpdateCustomKeyStore', { CustomKeyStoreId, XksProxyAuthenticationCredential })
  changed.resolve()
  checkRefusal(await slow, 'CustomKeyStoreInvalidStateException')
  assert.notEqual((await describe(admin, CustomKeyStoreId))?.CustomKeyStoreName, 'never')
})

test('with a different connectivity the endpoint must be given again', async () => {
  const CustomKeyStoreId = await stores.make(admin)
  const toPublic = { CustomKeyStoreId, XksProxyConnectivity: 'PUBLIC_ENDPOINT' }
  await admin.isRefused('UpdateCustomKeyStore', toPublic, 'ValidationException')
  const { XksProxyVpcEndpointServiceName } = stores.newStore()
  const endpoint = { XksProxyUriEndpoint: 'https://xks.invalid' }
  const withService = { ...toPublic, ...endpoint, XksProxyVpcEndpointServiceName }
  await admin.isRefused('UpdateCustomKeyStore', withService, 'ValidationException')
  // The name has no address, so the proxy was asked.
  const unreachable = 'XksProxyUriUnreachableException'
  await admin.isRefused('UpdateCustomKeyStore', { ...toPublic, ...endpoint }, unreachable)
  await admin.isRefused('UpdateCustomKeyStore', { CustomKeyStoreId }, 'ValidationException')
  for (const ofCluster of [{ KeyStorePassword: 'kmsPswd1' }, { CloudHsmClusterId: 'cluster-1a23b4cdefg' }])
    await admin.isRefused('UpdateCustomKeyStore', { CustomKeyStoreId, ...ofCluster }, 'ValidationException')
})
