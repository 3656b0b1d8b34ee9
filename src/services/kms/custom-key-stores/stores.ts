import {
  type ConnectionState,
  type CustomKeyStore,
  customKeyStoresMax,
  type Scope,
  ServiceError,
} from '../../../domain/index.ts'
import type { Disclosure, ResourceQuestion } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'

interface NamesStore {
  readonly CustomKeyStoreId: string
}

/** Finds the custom key store that a request names; the operation refuses a missing one once the caller is allowed. */
export async function onStore({ input, scope, store }: ResourceQuestion<NamesStore>) {
  const found = await store.customKeyStores.find(scope, input.CustomKeyStoreId)
  return { resources: [{ arn: '*' }], found }
}

/** Finds all custom key stores of the account in the Region. */
export async function onAllStores({ scope, store }: ResourceQuestion<unknown>) {
  return { resources: [{ arn: '*' }], found: await storesOf(store, scope) }
}

/** Returns all custom key stores of an account in a Region. */
export async function storesOf(store: Reader, scope: Scope): Promise<readonly CustomKeyStore[]> {
  const page = await store.customKeyStores.list(scope, { after: undefined, limit: customKeyStoresMax })
  return page.items
}

/** Returns a custom key store that must exist. Throws CustomKeyStoreNotFoundException; no source has AWS's text. */
export function existing(store: CustomKeyStore | undefined): CustomKeyStore {
  if (store !== undefined) return store
  throw new ServiceError('CustomKeyStoreNotFoundException', 'The custom key store does not exist.')
}

/** Refuses a custom key store in any other state than these. Throws CustomKeyStoreInvalidStateException; the text is ours. */
export function checkConnectionState(
  { customKeyStoreId, connectionState }: CustomKeyStore,
  allowed: readonly ConnectionState[],
): void {
  if (allowed.includes(connectionState)) return
  throw new ServiceError(
    'CustomKeyStoreInvalidStateException',
    `The custom key store ${customKeyStoreId} is ${connectionState}, which is not valid for this operation.`,
  )
}

/** The members of additionalEventData that the records of operations on a store have (AWS KMS developer guide, their log entries). */
export function discloseStore({
  found,
}: {
  readonly found?: CustomKeyStore | undefined
}): Disclosure['additionalEventData'] {
  return found && { customKeyStoreName: found.name }
}
