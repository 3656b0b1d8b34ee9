import type {
  ClusterLink,
  ConnectionErrorCode,
  ConnectionState,
  CustomKeyStore,
  XksProxy,
} from '../../../domain/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'

/** The columns of an external key store, which are empty in the row of a different one. */
interface ProxyColumns {
  connectivity: XksProxy['connectivity']
  uri_endpoint: string
  uri_path: string
  vpc_endpoint_service_name: string | null
  vpc_endpoint_service_owner: string | null
  access_key_id: string
  wrapped_secret: Uint8Array
  credential_since: number
}

/** The columns of a store whose keys are in the HSMs of a cluster, which are empty in the row of a different one. */
interface ClusterColumns {
  cloudhsm_cluster_id: string
  trust_anchor: string
  wrapped_password: Uint8Array
  wrapped_next_password: Uint8Array | null
}

type Optional<Columns> = { [Name in keyof Columns]: Columns[Name] | null }

export interface CustomKeyStoreRow extends Optional<ProxyColumns>, Optional<ClusterColumns> {
  account_id: string
  region: string
  custom_key_store_id: string
  name: string
  type: CustomKeyStore['type']
  created_at: number
  connection_state: ConnectionState
  connection_error_code: ConnectionErrorCode | null
}

const noProxy = {
  connectivity: null,
  uri_endpoint: null,
  uri_path: null,
  vpc_endpoint_service_name: null,
  vpc_endpoint_service_owner: null,
  access_key_id: null,
  wrapped_secret: null,
  credential_since: null,
} as const satisfies Record<keyof ProxyColumns, null>

const noCluster = {
  cloudhsm_cluster_id: null,
  trust_anchor: null,
  wrapped_password: null,
  wrapped_next_password: null,
} as const satisfies Record<keyof ClusterColumns, null>

/** Throws Error for a row with columns of a different type of store: no MAC would cover them. */
function toCustomKeyStore(row: CustomKeyStoreRow): CustomKeyStore {
  const facts = {
    accountId: row.account_id,
    region: row.region,
    customKeyStoreId: row.custom_key_store_id,
    name: row.name,
    createdAt: row.created_at,
    connectionState: row.connection_state,
    connectionErrorCode: row.connection_error_code ?? undefined,
  }
  const { type } = row
  if (type === 'EXTERNAL_KEY_STORE' && hasNone(row, noCluster))
    return { ...facts, type, proxy: toProxy(row as ProxyColumns) }
  if (type === 'AWS_CLOUDHSM' && hasNone(row, noProxy))
    return { ...facts, type, cluster: toCluster(row as ClusterColumns) }
  throw new Error(`the row of the custom key store ${row.custom_key_store_id} is of no type`)
}

const hasNone = (row: CustomKeyStoreRow, columns: Partial<CustomKeyStoreRow>) =>
  Object.keys(columns).every(name => row[name as keyof CustomKeyStoreRow] === null)

const toProxy = (row: ProxyColumns): XksProxy => ({
  connectivity: row.connectivity,
  uriEndpoint: row.uri_endpoint,
  uriPath: row.uri_path,
  vpcEndpointServiceName: row.vpc_endpoint_service_name ?? undefined,
  vpcEndpointServiceOwner: row.vpc_endpoint_service_owner ?? undefined,
  accessKeyId: row.access_key_id,
  wrappedSecret: row.wrapped_secret,
  credentialSince: row.credential_since,
})

const toCluster = (row: ClusterColumns): ClusterLink => ({
  cloudHsmClusterId: row.cloudhsm_cluster_id,
  trustAnchorCertificate: row.trust_anchor,
  wrappedPassword: row.wrapped_password,
  wrappedNextPassword: row.wrapped_next_password ?? undefined,
})

export function fromCustomKeyStore(store: CustomKeyStore): CustomKeyStoreRow {
  return {
    account_id: store.accountId,
    region: store.region,
    custom_key_store_id: store.customKeyStoreId,
    name: store.name,
    type: store.type,
    created_at: store.createdAt,
    connection_state: store.connectionState,
    connection_error_code: store.connectionErrorCode ?? null,
    ...(store.type === 'EXTERNAL_KEY_STORE'
      ? { ...fromProxy(store.proxy), ...noCluster }
      : { ...noProxy, ...fromCluster(store.cluster) }),
  }
}

const fromProxy = (proxy: XksProxy): ProxyColumns => ({
  connectivity: proxy.connectivity,
  uri_endpoint: proxy.uriEndpoint,
  uri_path: proxy.uriPath,
  vpc_endpoint_service_name: proxy.vpcEndpointServiceName ?? null,
  vpc_endpoint_service_owner: proxy.vpcEndpointServiceOwner ?? null,
  access_key_id: proxy.accessKeyId,
  wrapped_secret: proxy.wrappedSecret,
  credential_since: proxy.credentialSince,
})

const fromCluster = (cluster: ClusterLink): ClusterColumns => ({
  cloudhsm_cluster_id: cluster.cloudHsmClusterId,
  trust_anchor: cluster.trustAnchorCertificate,
  wrapped_password: cluster.wrappedPassword,
  wrapped_next_password: cluster.wrappedNextPassword ?? null,
})

/** Returns the wrapped secrets in a row. */
export const secretsIn = (
  row: Pick<CustomKeyStoreRow, 'wrapped_secret' | 'wrapped_password' | 'wrapped_next_password'>,
): Uint8Array[] =>
  [row.wrapped_secret, row.wrapped_password, row.wrapped_next_password].filter(secret => secret !== null)

export const customKeyStoreRows: EntityRows<CustomKeyStoreRow, CustomKeyStore> = {
  toEntity: toCustomKeyStore,
  toAuthentic: row => ({
    kind: 'custom key store',
    domain: row.region,
    name: `${row.custom_key_store_id} of ${row.account_id}`,
    content: () => toCustomKeyStore(row),
  }),
}
