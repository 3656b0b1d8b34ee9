import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { TestCaller } from '../../fixtures/caller.ts'
import { skipWithoutOpenssl } from '../../fixtures/tls/openssl-certificates.ts'
import {
  clusterCertificate,
  clusterServer,
  makeClusterStore,
  newClusterId,
  newClusterStore,
} from '../../fixtures/worlds/cluster-stores.ts'
import { ExternalStores } from '../../fixtures/worlds/external-stores.ts'
import { storeBecomes } from '../../fixtures/worlds/store-state.ts'

// Creating, describing and changing custom key stores in clusters of HSMs (AWS KMS API reference, and developer guide, "AWS CloudHSM
// key stores"). The clusters are in memory.

const stores = await ExternalStores.start()
after(() => stores.stop())
const regions = ['us-west-2', 'eu-west-1', 'eu-central-1', 'eu-north-1', 'us-east-2', 'ap-south-1']
const server = await clusterServer({
  regions: ['us-east-1', ...regions],
  environment: stores.environment,
})
const { clusters } = server
/** A Region that no other test uses. */
const newRegion = () => new TestCaller(server, { region: regions.pop() ?? '' })
const admin = new TestCaller(server)
const options = { skip: skipWithoutOpenssl }

const create = 'CreateCustomKeyStore'
const update = 'UpdateCustomKeyStore'
const invalidConfiguration = 'CloudHsmClusterInvalidConfigurationException'
/** AWS's text, which its users have published. */
const twoZones = 'CloudHSM cluster must contain active HSMs in at least two Availability Zones'

const allOf = async (caller: TestCaller) =>
  (await caller.sdk.describeCustomKeyStores({})).CustomKeyStores ?? []
const describe = async (caller: TestCaller, CustomKeyStoreId: string) =>
  (await caller.sdk.describeCustomKeyStores({ CustomKeyStoreId })).CustomKeyStores?.[0]
const isConnected = async (CustomKeyStoreId: string) => {
  await admin.answer('ConnectCustomKeyStore', { CustomKeyStoreId })
  await storeBecomes(admin, CustomKeyStoreId, 'CONNECTED')
}
test('a new store shows its cluster and its certificate, and not its password', options, async () => {
  for (const type of [{}, { CustomKeyStoreType: 'AWS_CLOUDHSM' }]) {
    const input = newClusterStore(server)
    const { CustomKeyStoreId } = await admin.answer(create, { ...input, ...type })
    assert.match(String(CustomKeyStoreId), /^cks-[0-9a-f]{17}$/)
    const { CreationDate, ...store } = (await describe(admin, String(CustomKeyStoreId))) ?? {}
    assert.ok(CreationDate instanceof Date)
    assert.deepEqual(store, {
      CustomKeyStoreId,
      CustomKeyStoreName: input.CustomKeyStoreName,
      CustomKeyStoreType: 'AWS_CLOUDHSM',
      ConnectionState: 'DISCONNECTED',
      CloudHsmClusterId: input.CloudHsmClusterId,
      TrustAnchorCertificate: input['TrustAnchorCertificate'],
    })
  }
})

test('members that are missing, malformed or of external key stores are refused', options, async () => {
  const caller = newRegion()
  const good = newClusterStore(server)
  const proxy = stores.newStore()
  const refused = [
    ...['CloudHsmClusterId', 'KeyStorePassword', 'TrustAnchorCertificate'].map(name => ({
      [name]: undefined,
    })),
    ...Object.entries(proxy)
      .filter(([name]) => name.startsWith('Xks'))
      .map(([name, value]) => ({ [name]: value })),
    { XksProxyVpcEndpointServiceOwner: '111111111111' },
    // API reference: 7 to 32 characters.
    ...['', 'abcdef', 'a'.repeat(33), 'pass wörd', 'tab\tpassword', 'line\npassword', 7654321, null].map(
      KeyStorePassword => ({ KeyStorePassword }),
    ),
    // API reference: `cluster-[2-7a-zA-Z]{11,16}`.
    ...[
      'cluster-',
      'cluster-1a23b4cdef8',
      'cluster-1a23b4cdefg',
      'cluster-aaaaaaaaaa',
      `cluster-${'a'.repeat(17)}`,
    ].map(CloudHsmClusterId => ({ CloudHsmClusterId })),
    { TrustAnchorCertificate: '' },
    { TrustAnchorCertificate: 'a'.repeat(5001) },
    { CustomKeyStoreType: 'CLOUDHSM' },
  ]
  for (const more of refused) {
    const { status, json } = await caller.call(create, { ...good, ...more })
    const { __type } = json
    const isRefused = __type === 'ValidationException' || __type === 'SerializationException'
    assert.ok(status === 400 && isRefused, `${JSON.stringify(more)}: ${__type}`)
  }
  assert.deepEqual(await allOf(caller), [])
})

test('a certificate that is not that of the cluster is refused', options, async () => {
  const caller = newRegion()
  const good = newClusterStore(server)
  const own = String(good['TrustAnchorCertificate'])
  const other = clusterCertificate()
  const der = Buffer.from(own.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  const refused = [
    ['a text', 'a certificate'],
    ['a different certificate', other],
    ['two certificates', own + own],
    ['a text before it', `# CA\n${own}`],
    ['DER', der.toString('latin1')],
    ['DER in Base64', der.toString('base64')],
    ['a broken one', own.replace(/[A-Z]{4}/, 'AAAA')],
    ['no end', own.replace('-----END CERTIFICATE-----', '')],
    ['a key', own.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
  ] as const
  for (const [kind, TrustAnchorCertificate] of refused) {
    const { json, text } = await caller.call(create, { ...good, TrustAnchorCertificate })
    assert.equal(json['__type'], 'IncorrectTrustAnchorException', `${kind}: ${text}`)
  }
  assert.deepEqual(await allOf(caller), [])
  // The certificates are compared, not their texts.
  const spelled = own.replaceAll('\n', '\r\n')
  await caller.answer(create, { ...good, TrustAnchorCertificate: spelled })
})

test('a cluster must be there and have enough active HSMs', options, async () => {
  const caller = newRegion()
  const good = newClusterStore(server)
  const cluster = clusters.find('', good.CloudHsmClusterId)
  await caller.isRefused(
    create,
    { ...good, CloudHsmClusterId: newClusterId() },
    'CloudHsmClusterNotFoundException',
  )
  clusters.fail('countActive', 'unreachable')
  await caller.isRefused(create, good, 'CloudHsmClusterNotActiveException')
  clusters.fail('countActive')
  for (const member of cluster?.members ?? []) {
    member.isActive = false
    await caller.isRefused(create, good, invalidConfiguration, twoZones)
  }
  assert.deepEqual(await allOf(caller), [])
  const single = newClusterStore(server, { hsms: 1 })
  await caller.answer(create, single)
  const three = newClusterStore(server, { hsms: 3, hsmsMin: 3 })
  const [member] = clusters.find('', three.CloudHsmClusterId)?.members ?? []
  if (member !== undefined) member.isActive = false
  await caller.isRefused(create, three, invalidConfiguration)
})

test('a cluster, and all that are related to it, belong to one store of a Region', options, async () => {
  const [caller, elsewhere] = [newRegion(), newRegion()]
  const good = newClusterStore(server)
  await caller.answer(create, good)
  const inUse = 'CloudHsmClusterInUseException'
  const other = { ...good, CustomKeyStoreName: 'other' }
  await caller.isRefused(create, other, inUse)
  const related = clusters.add(newClusterId(), String(good['TrustAnchorCertificate']))
  await caller.isRefused(create, { ...other, CloudHsmClusterId: related.clusterId }, inUse)
  assert.equal((await allOf(caller)).length, 1)
  await elsewhere.answer(create, good)
})

test('the first fault decides, in the order of the checks', options, async () => {
  const caller = newRegion()
  const used = newClusterStore(server)
  await caller.answer(create, used)
  const wrong = { ...used, TrustAnchorCertificate: 'wrong' }
  const unknown = { ...wrong, CloudHsmClusterId: newClusterId() }
  await caller.isRefused(create, { ...unknown, KeyStorePassword: 'short' }, 'ValidationException')
  await caller.isRefused(create, unknown, 'CustomKeyStoreNameInUseException')
  const renamed = { CustomKeyStoreName: 'renamed' }
  await caller.isRefused(create, { ...unknown, ...renamed }, 'CloudHsmClusterNotFoundException')
  clusters.fail('countActive', 'unreachable')
  await caller.isRefused(create, { ...wrong, ...renamed }, 'CloudHsmClusterNotActiveException')
  clusters.fail('countActive')
  for (const member of clusters.find('', used.CloudHsmClusterId)?.members ?? []) member.isActive = false
  await caller.isRefused(create, { ...wrong, ...renamed }, 'CloudHsmClusterInUseException')
  const small = { ...newClusterStore(server), TrustAnchorCertificate: 'wrong' }
  const members = clusters.find('', small.CloudHsmClusterId)?.members ?? []
  for (const member of members) member.isActive = false
  await caller.isRefused(create, small, invalidConfiguration)
  for (const member of members) member.isActive = true
  for (let made = 1; made < 10; made++) await caller.answer(create, newClusterStore(server))
  await caller.isRefused(create, small, 'IncorrectTrustAnchorException')
  await caller.isRefused(
    create,
    newClusterStore(server),
    'LimitExceededException',
    'Custom key stores quota for this account in this region is 10, current usage is 10.',
  )
})

test(
  'a second request with the same properties gets the same store while it is disconnected',
  options,
  async () => {
    const input = newClusterStore(server)
    const first = await admin.answer(create, input)
    const again = String(input['TrustAnchorCertificate']).replaceAll('\n', '\r\n')
    assert.deepEqual(await admin.answer(create, { ...input, TrustAnchorCertificate: again }), first)
    const nameInUse = 'CustomKeyStoreNameInUseException'
    await admin.isRefused(create, { ...input, KeyStorePassword: 'kmsPswd2' }, nameInUse)
    const TrustAnchorCertificate = clusterCertificate()
    await admin.isRefused(create, { ...input, TrustAnchorCertificate }, nameInUse)
    await admin.isRefused(create, { ...input, CloudHsmClusterId: newClusterId() }, nameInUse)
    await isConnected(String(first['CustomKeyStoreId']))
    await admin.isRefused(create, input, nameInUse)
  },
)

test(
  'a store that is disconnected can be changed whole, and one that is connected in its name alone',
  options,
  async () => {
    const input = newClusterStore(server)
    const CustomKeyStoreId = await makeClusterStore(server, admin, 'DISCONNECTED', input)
    const related = clusters.add(newClusterId(), String(input['TrustAnchorCertificate']))
    const changes = { CloudHsmClusterId: related.clusterId, KeyStorePassword: 'kmsPswd2' }
    assert.deepEqual(await admin.answer(update, { CustomKeyStoreId, ...changes }), {})
    assert.equal((await describe(admin, CustomKeyStoreId))?.CloudHsmClusterId, related.clusterId)
    assert.equal(clusters.forgotten.at(-1), related.clusterId)
    // The password only says what the HSMs have.
    assert.deepEqual(
      related.members.map(({ password }) => password),
      ['kmsPswd1', 'kmsPswd1'],
    )
    await admin.answer(update, { CustomKeyStoreId, KeyStorePassword: 'kmsPswd1' })
    await isConnected(CustomKeyStoreId)
    await admin.answer(update, { CustomKeyStoreId, NewCustomKeyStoreName: 'connected' })
    const invalidState = 'CustomKeyStoreInvalidStateException'
    for (const [name, value] of Object.entries(changes)) {
      const more = { NewCustomKeyStoreName: 'never', [name]: value }
      await admin.isRefused(update, { CustomKeyStoreId, ...more }, invalidState)
    }
    const { CustomKeyStoreName, ConnectionState } = (await describe(admin, CustomKeyStoreId)) ?? {}
    assert.deepEqual([CustomKeyStoreName, ConnectionState], ['connected', 'CONNECTED'])
  },
)

test('an update that is not possible changes nothing', options, async () => {
  const input = newClusterStore(server)
  const CustomKeyStoreId = await makeClusterStore(server, admin, 'DISCONNECTED', input)
  const before = await describe(admin, CustomKeyStoreId)
  const taken = newClusterStore(server)
  await admin.answer(create, taken)
  const small = clusters.add(newClusterId(), String(input['TrustAnchorCertificate']))
  for (const member of small.members) member.isActive = false
  const to = (CloudHsmClusterId: string) => ({ CloudHsmClusterId, NewCustomKeyStoreName: 'never' })
  const refused: [object, string][] = [
    [{}, 'ValidationException'],
    [{ KeyStorePassword: 'abcdef' }, 'ValidationException'],
    [{ KeyStorePassword: 'passwörd' }, 'ValidationException'],
    [{ XksProxyUriPath: '/kms/xks/v1' }, 'ValidationException'],
    [{ CloudHsmClusterId: 'cluster-1' }, 'ValidationException'],
    [{ NewCustomKeyStoreName: taken.CustomKeyStoreName }, 'CustomKeyStoreNameInUseException'],
    [to(newClusterId()), 'CloudHsmClusterNotFoundException'],
    [to(clusters.add(newClusterId(), clusterCertificate()).clusterId), 'CloudHsmClusterNotRelatedException'],
    [to(small.clusterId), invalidConfiguration],
  ]
  for (const [more, code] of refused) await admin.isRefused(update, { CustomKeyStoreId, ...more }, code)
  clusters.fail('countActive', 'unreachable')
  const code = 'CloudHsmClusterNotActiveException'
  await admin.isRefused(update, { CustomKeyStoreId, ...to(small.clusterId) }, code)
  clusters.fail('countActive')
  assert.deepEqual(await describe(admin, CustomKeyStoreId), before)
  const same = { CustomKeyStoreId, CloudHsmClusterId: input.CloudHsmClusterId }
  assert.deepEqual(await admin.answer(update, same), {})
})
