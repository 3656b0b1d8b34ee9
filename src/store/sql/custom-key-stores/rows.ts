import type { ConnectionErrorCode, ConnectionState, CustomKeyStore, XksProxy } from '../../../domain/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'

export interface CustomKeyStoreRow {
  account_id: string
  region: string
  custom_key_store_id: string
  name: string
  type: CustomKeyStore['type']
  created_at: number
  connection_state: ConnectionState
  connection_error_code: ConnectionErrorCode | null
  connectivity: XksProxy['connectivity']
  uri_endpoint: string
  uri_path: string
  vpc_endpoint_service_name: string | null
  vpc_endpoint_service_owner: string | null
  access_key_id: string
  wrapped_secret: Uint8Array
  credential_since: number
}

function toCustomKeyStore(row: CustomKeyStoreRow): CustomKeyStore {
  return {
    accountId: row.account_id,
    region: row.region,
    customKeyStoreId: row.custom_key_store_id,
    name: row.name,
    type: row.type,
    createdAt: row.created_at,
    connectionState: row.connection_state,
    connectionErrorCode: row.connection_error_code ?? undefined,
    proxy: {
      connectivity: row.connectivity,
      uriEndpoint: row.uri_endpoint,
      uriPath: row.uri_path,
      vpcEndpointServiceName: row.vpc_endpoint_service_name ?? undefined,
      vpcEndpointServiceOwner: row.vpc_endpoint_service_owner ?? undefined,
      accessKeyId: row.access_key_id,
      wrappedSecret: row.wrapped_secret,
      credentialSince: row.credential_since,
    },
  }
}

export function fromCustomKeyStore(store: CustomKeyStore): CustomKeyStoreRow {
  const { proxy } = store
  return {
    account_id: store.accountId,
    region: store.region,
    custom_key_store_id: store.customKeyStoreId,
    name: store.name,
    type: store.type,
    created_at: store.createdAt,
    connection_state: store.connectionState,
    connection_error_code: store.connectionErrorCode ?? null,
    connectivity: proxy.connectivity,
    uri_endpoint: proxy.uriEndpoint,
    uri_path: proxy.uriPath,
    vpc_endpoint_service_name: proxy.vpcEndpointServiceName ?? null,
    vpc_endpoint_service_owner: proxy.vpcEndpointServiceOwner ?? null,
    access_key_id: proxy.accessKeyId,
    wrapped_secret: proxy.wrappedSecret,
    credential_since: proxy.credentialSince,
  }
}

export const customKeyStoreRows: EntityRows<CustomKeyStoreRow, CustomKeyStore> = {
  toEntity: toCustomKeyStore,
  toAuthentic: row => ({
    kind: 'custom key store',
    domain: row.region,
    name: `${row.custom_key_store_id} of ${row.account_id}`,
    content: () => toCustomKeyStore(row),
  }),
}
