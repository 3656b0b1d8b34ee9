import { connected } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { checkConnectionState, discloseStore, existing, onStore } from './stores.ts'

/** Disconnects a custom key store from its backing key store. Its keys are Unavailable from then on. */
export const DisconnectCustomKeyStore = operation({
  name: 'DisconnectCustomKeyStore',
  effect: 'write',
  input: structure({ CustomKeyStoreId: required(customKeyStoreIdType) }),
  output: structure({}),
  touches: { found: onStore },
  discloseFound: discloseStore,
  async handle({ found, store }) {
    const before = existing(found)
    checkConnectionState(before, ['CONNECTED', 'CONNECTING', 'FAILED'])
    await store.customKeyStores.update(connected(before, 'DISCONNECTING'))
    return {}
  },
})
