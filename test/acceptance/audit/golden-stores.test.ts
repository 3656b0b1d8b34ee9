import { after, test } from 'node:test'
import { ExternalStores } from '../../fixtures/worlds/external-stores.ts'
import { assertGoldenExactly, goldenWorld, type Named, type Recorded } from './golden/golden-world.ts'

// The records of the operations on custom key stores, compared with those that AWS published; the files in golden/kms name their
// sources.

const stores = await ExternalStores.start()
after(() => stores.stop())
const { aliceIn, recordsOf } = await goldenWorld({ environment: stores.environment })
const alice = aliceIn('us-east-1')

test('the records of the operations on custom key stores are like the published ones', async () => {
  const perform = async (operation: string, input: object) => {
    const answer = await alice.call(operation, input)
    return { answer, record: recordsOf(answer)[0] }
  }
  const isLike = (operation: string, record: Recorded | undefined, named: Named, differences?: Recorded) =>
    assertGoldenExactly(record, `kms/custom-key-stores/${operation}`, named, differences)
  const { CustomKeyStoreName, ...settings } = stores.newStore({ CustomKeyStoreName: 'OwnKeyStore' })
  const made = await perform('CreateCustomKeyStore', { CustomKeyStoreName, ...settings })
  const CustomKeyStoreId = String(made.answer.json['CustomKeyStoreId'])
  const named = { OwnKeyStore: 'ExampleKeyStore', [CustomKeyStoreId]: 'cks-1234567890abcdef0' }
  // AWS has published no record of an external key store. The example shows each parameter but the secrets.
  const shown = {
    customKeyStoreName: 'ExampleKeyStore',
    customKeyStoreType: 'EXTERNAL_KEY_STORE',
    xksProxyConnectivity: settings['XksProxyConnectivity'],
    xksProxyUriEndpoint: settings['XksProxyUriEndpoint'],
    xksProxyUriPath: settings['XksProxyUriPath'],
    xksProxyVpcEndpointServiceName: settings['XksProxyVpcEndpointServiceName'],
    xksProxyAuthenticationCredential: {},
  }
  isLike('CreateCustomKeyStore', made.record, named, { requestParameters: shown })
  for (const operation of ['DescribeCustomKeyStores', 'ConnectCustomKeyStore', 'DisconnectCustomKeyStore'])
    isLike(operation, (await perform(operation, { CustomKeyStoreId })).record, named)
  await stores.becomes(alice, CustomKeyStoreId, 'DISCONNECTED')
  const changed = await perform('UpdateCustomKeyStore', {
    CustomKeyStoreId,
    NewCustomKeyStoreName: 'NewKeyStore',
  })
  isLike('UpdateCustomKeyStore', changed.record, named)
  await perform('UpdateCustomKeyStore', { CustomKeyStoreId, NewCustomKeyStoreName: 'OwnKeyStore' })
  const deleted = await perform('DeleteCustomKeyStore', { CustomKeyStoreId })
  isLike('DeleteCustomKeyStore', deleted.record, named)
})
