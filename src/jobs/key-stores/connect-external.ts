import {
  type ConnectionErrorCode,
  type ExternalKeyStore,
  type ExternalProxies,
  XksFailure,
  xksSecretName,
} from '../../domain/index.ts'
import type { Hsm } from '../../hsm/index.ts'
import { uuid } from '../../std/index.ts'

/** Everything that the connecting of an external key store needs. */
export interface ExternalConnectionTools {
  readonly hsm: Pick<Hsm, 'unwrapSecret'>
  readonly proxies: ExternalProxies
}

/** Asks for the health of a store's proxy. Resolves to the reason if the store cannot be connected. */
export async function connectExternal(
  store: ExternalKeyStore,
  { hsm, proxies }: ExternalConnectionTools,
): Promise<ConnectionErrorCode | undefined> {
  const purpose = { operation: 'ConnectCustomKeyStore', requestId: uuid(), principalArn: undefined }
  const { wrappedSecret, credentialSince: _, ...settings } = store.proxy
  const secret = hsm.unwrapSecret(xksSecretName(store), wrappedSecret)
  try {
    const { accountId, region, customKeyStoreId } = store
    await proxies.checkHealth({ ...settings, accountId, region, customKeyStoreId, secret }, purpose)
    return undefined
  } catch (error) {
    if (error instanceof XksFailure) return error.connection
    throw error
  } finally {
    secret.fill(0)
  }
}
