import { randomUUID } from 'node:crypto'
import { stubKey } from '../fixtures/xks/external-keys.ts'
import { type ErrorCause, withInput } from './error-cause.ts'
import { type Input, replicaRegion, type World } from './world.ts'

// Errors of custom key stores, and of keys in them. Nobody has published AWS's texts, except for those about answers of a proxy (XKS
// proxy API specification, "Error codes").

const unknownStore = { CustomKeyStoreId: 'cks-1234567890abcdef0' }
const ofStores = ['Connect', 'Delete', 'Disconnect', 'Update'].map(verb => `${verb}CustomKeyStore`)
const [notFound, invalidState] = ['CustomKeyStoreNotFoundException', 'CustomKeyStoreInvalidStateException']

/** An attempt on the store of a state. */
const onStore = (state: 'CONNECTED' | 'DISCONNECTED' | 'FAILED', more: Input = {}) =>
  (async world => ({
    input: { CustomKeyStoreId: await world.store(state), ...more },
    text: undefined,
  })) satisfies ErrorCause['make']

/** A member that the disconnected store has already. */
async function settingsInUse(world: World): Promise<Record<string, string>> {
  const CustomKeyStoreId = await world.store('DISCONNECTED')
  const { CustomKeyStores } = await world.caller.answer('DescribeCustomKeyStores', { CustomKeyStoreId })
  const [store = {}] = CustomKeyStores as readonly Record<string, unknown>[]
  const {
    UriEndpoint = '',
    UriPath = '',
    VpcEndpointServiceName = '',
  } = store['XksProxyConfiguration'] as Record<string, string>
  return {
    CustomKeyStoreName: String(store['CustomKeyStoreName']),
    XksProxyUriEndpoint: UriEndpoint,
    XksProxyUriPath: UriPath,
    XksProxyVpcEndpointServiceName: VpcEndpointServiceName,
  }
}

/** An attempt to make a store, or to change one, with these settings of a different store. */
const withSettingsOfOther = (...names: string[]): ErrorCause['make'] =>
  async function make(world, operation) {
    const used = await settingsInUse(world)
    const wanted = Object.fromEntries(names.map(name => [name, used[name]]))
    if (operation === 'CreateCustomKeyStore') return { input: world.stores.newStore(wanted), text: undefined }
    const { CustomKeyStoreName: NewCustomKeyStoreName, ...rest } = wanted
    const id = await world.once('store to change', () => world.stores.make(world.caller))
    const input = { CustomKeyStoreId: id, ...rest, ...(NewCustomKeyStoreName && { NewCustomKeyStoreName }) }
    return { input, text: undefined }
  }

const newKey = async (world: World, more: Input): Promise<Input> => ({
  Origin: 'EXTERNAL_KEY_STORE',
  CustomKeyStoreId: await world.store('CONNECTED'),
  XksKeyId: 'stub-key-1',
  ...more,
})

/** An attempt to change the path of the connected store, which asks the proxy: it answers with this error. */
const answeredWith = (errorName: string, text: RegExp): ErrorCause['make'] =>
  async function make(world) {
    const CustomKeyStoreId = await world.store('CONNECTED')
    world.stores.proxy.respondWith({ errorName }, { operation: 'health' })
    return { input: { CustomKeyStoreId, XksProxyUriPath: world.stores.proxy.uriPath }, text }
  }

const outsideKeys: readonly ErrorCause[] = [
  {
    error: notFound,
    operations: ['CreateKey'],
    make: async world => ({ input: await newKey(world, unknownStore), text: undefined }),
  },
  {
    error: invalidState,
    operations: ['CreateKey'],
    make: async world => {
      const CustomKeyStoreId = await world.store('DISCONNECTED')
      return { input: await newKey(world, { CustomKeyStoreId }), text: undefined }
    },
  },
  {
    error: 'XksKeyAlreadyInUseException',
    operations: ['CreateKey'],
    make: async world => {
      await world.outsideKey()
      return { input: await newKey(world, {}), text: undefined }
    },
  },
  {
    error: 'XksKeyNotFoundException',
    operations: ['CreateKey'],
    make: async world => ({
      input: await newKey(world, { XksKeyId: 'no-such-key' }),
      text: /was not found in its external key manager/,
    }),
  },
  {
    error: 'XksKeyInvalidConfigurationException',
    operations: ['CreateKey'],
    make: async world => {
      world.stores.proxy.keys.set('rsa', stubKey({ id: 'rsa', spec: 'RSA_2048' }))
      return { input: await newKey(world, { XksKeyId: 'rsa' }), text: undefined }
    },
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['GetKeyRotationStatus', 'ListKeyRotations'],
    make: async world => {
      const { id: KeyId, arn } = await world.outsideKey()
      const text = `${arn} origin is EXTERNAL_KEY_STORE which is not valid for this operation.`
      return { input: { KeyId }, text }
    },
  },
  {
    error: 'UnsupportedOperationException',
    operations: ['GenerateRandom'],
    make: async world => ({
      input: { NumberOfBytes: 16, CustomKeyStoreId: await world.store('CONNECTED') },
      text: undefined,
    }),
  },
]

export const causesInStores: readonly ErrorCause[] = [
  ...outsideKeys,
  {
    error: notFound,
    operations: [...ofStores, 'DescribeCustomKeyStores'],
    make: withInput(unknownStore, undefined),
  },
  { error: notFound, operations: ['GenerateRandom'], make: withInput(unknownStore, undefined) },
  { error: invalidState, operations: ['ConnectCustomKeyStore'], make: onStore('FAILED') },
  { error: invalidState, operations: ['DeleteCustomKeyStore'], make: onStore('CONNECTED') },
  { error: invalidState, operations: ['DisconnectCustomKeyStore'], make: onStore('DISCONNECTED') },
  {
    error: invalidState,
    operations: ['UpdateCustomKeyStore'],
    make: onStore('CONNECTED', { XksProxyUriEndpoint: 'https://other.example.test' }),
  },
  {
    error: 'CustomKeyStoreHasCMKsException',
    operations: ['DeleteCustomKeyStore'],
    make: async world => {
      const CustomKeyStoreId = await world.once('store with a key', async () => {
        const id = await world.stores.make(world.caller, 'CONNECTED')
        await world.caller.answer('CreateKey', await newKey(world, { CustomKeyStoreId: id }))
        await world.caller.answer('DisconnectCustomKeyStore', { CustomKeyStoreId: id })
        await world.stores.becomes(world.caller, id, 'DISCONNECTED')
        return id
      })
      return { input: { CustomKeyStoreId }, text: undefined }
    },
  },
  {
    error: 'CustomKeyStoreNameInUseException',
    operations: ['CreateCustomKeyStore', 'UpdateCustomKeyStore'],
    make: withSettingsOfOther('CustomKeyStoreName'),
  },
  {
    error: 'CloudHsmClusterNotFoundException',
    operations: ['CreateCustomKeyStore'],
    make: async () => ({
      input: {
        CustomKeyStoreName: randomUUID(),
        CloudHsmClusterId: 'cluster-234567abcdef',
        KeyStorePassword: 'kmsPswd1',
        TrustAnchorCertificate: 'PEM',
      },
      text: undefined,
    }),
  },
  {
    error: 'XksProxyUriInUseException',
    operations: ['CreateCustomKeyStore', 'UpdateCustomKeyStore'],
    make: withSettingsOfOther('XksProxyUriEndpoint', 'XksProxyUriPath'),
  },
  {
    error: 'XksProxyUriEndpointInUseException',
    operations: ['CreateCustomKeyStore', 'UpdateCustomKeyStore'],
    make: async (world, operation) => {
      const attempt = await withSettingsOfOther('XksProxyUriEndpoint')(world, operation)
      return { ...attempt, input: { ...attempt.input, XksProxyUriPath: '/other/kms/xks/v1' } }
    },
  },
  {
    error: 'XksProxyVpcEndpointServiceInUseException',
    operations: ['CreateCustomKeyStore', 'UpdateCustomKeyStore'],
    make: withSettingsOfOther('XksProxyVpcEndpointServiceName'),
  },
  {
    error: 'XksProxyUriUnreachableException',
    operations: ['CreateCustomKeyStore'],
    make: async world => {
      const { XksProxyVpcEndpointServiceName: _, ...rest } = world.stores.newStore()
      const input = { ...rest, XksProxyConnectivity: 'PUBLIC_ENDPOINT' }
      return { input: { ...input, XksProxyUriEndpoint: 'https://xks.invalid' }, text: undefined }
    },
  },
  {
    error: 'XksProxyUriUnreachableException',
    operations: ['UpdateCustomKeyStore'],
    make: answeredWith('ThrottlingException', /due to a very high request rate/),
  },
  {
    error: 'XksProxyIncorrectAuthenticationCredentialException',
    operations: ['UpdateCustomKeyStore'],
    make: answeredWith('AuthenticationFailedException', /could not authenticate AWS KMS/),
  },
  {
    error: 'XksProxyInvalidConfigurationException',
    operations: ['UpdateCustomKeyStore'],
    make: answeredWith('InvalidUriPathException', /because of an invalid URI path/),
  },
  {
    error: 'XksProxyInvalidResponseException',
    operations: ['UpdateCustomKeyStore'],
    make: answeredWith('ValidationException', /cannot interpret the response/),
  },
  {
    error: 'InvalidMarkerException',
    operations: ['DescribeCustomKeyStores'],
    make: withInput({ Marker: 'no-marker' }, null),
  },
  {
    error: 'LimitExceededException',
    operations: ['CreateCustomKeyStore'],
    make: async world => {
      const caller = world.in(replicaRegion)
      await world.once('ten stores', async () => {
        for (let count = 0; count < 10; count++) await world.stores.make(caller)
        return randomUUID()
      })
      return { caller, input: world.stores.newStore(), text: /is 10, current usage is 10/ }
    },
  },
]
