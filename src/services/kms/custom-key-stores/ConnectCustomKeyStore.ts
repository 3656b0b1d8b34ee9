import { connected } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { checkConnectionState, discloseStore, existing, onStore } from './stores.ts'

/**
 * Connects or reconnects a custom key store to its backing key store. The answer comes at once; a job asks the proxy and makes the
 * store CONNECTED or FAILED.
 */
export const ConnectCustomKeyStore = operation({
  name: 'ConnectCustomKeyStore',
  effect: 'write',
  input: structure({ CustomKeyStoreId: required(customKeyStoreIdType) }),
  output: structure({}),
  touches: { found: onStore },
  discloseFound: discloseStore,
  async handle({ found, store }) {
    const before = existing(found)
    checkConnectionState(before, ['DISCONNECTED', 'CONNECTING', 'CONNECTED'])
    if (before.connectionState === 'DISCONNECTED')
      await store.customKeyStores.update(connected(before, 'CONNECTING'))
    return {}
  },
})
