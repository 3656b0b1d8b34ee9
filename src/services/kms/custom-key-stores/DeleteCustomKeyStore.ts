import { ServiceError } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { checkConnectionState, discloseStore, existing, onStore } from './stores.ts'

/** Deletes a custom key store that is disconnected and has no keys. */
export const DeleteCustomKeyStore = operation({
  name: 'DeleteCustomKeyStore',
  effect: 'write',
  input: structure({ CustomKeyStoreId: required(customKeyStoreIdType) }),
  output: structure({}),
  touches: { found: onStore },
  discloseFound: discloseStore,
  async handle({ found, store }) {
    const before = existing(found)
    checkConnectionState(before, ['DISCONNECTED'])
    if (await store.customKeyStores.hasKeys(before)) throw hasKeys(before.customKeyStoreId)
    await store.customKeyStores.delete(before)
    return {}
  },
})

/** Keys that are pending deletion count, too. No source has AWS's text. */
const hasKeys = (customKeyStoreId: string) =>
  new ServiceError(
    'CustomKeyStoreHasCMKsException',
    `The custom key store ${customKeyStoreId} contains KMS keys.`,
  )
