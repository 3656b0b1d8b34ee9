import {
  type ClusterLink,
  type CustomKeyStore,
  type Page,
  type Scope,
  validation,
  type XksProxy,
} from '../../../domain/index.ts'
import { list, structure } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { listingOf, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { customKeyStoreIdType } from '../wire/shapes.ts'
import { customKeyStoreNameType, customKeyStoresListEntryType } from './shapes.ts'
import { existing } from './stores.ts'

const input = structure({
  CustomKeyStoreId: customKeyStoreIdType,
  CustomKeyStoreName: customKeyStoreNameType,
  ...pageInput(1000),
})

/** Gets information about the custom key stores in the caller's account and Region. */
export const DescribeCustomKeyStores = operation({
  name: 'DescribeCustomKeyStores',
  effect: 'read',
  input,
  output: structure({ CustomKeyStores: list(customKeyStoresListEntryType), ...pageOutput }),
  async handle({ input: wanted, scope, store, hsm }) {
    const { CustomKeyStoreId: id, CustomKeyStoreName: name } = wanted
    // The text is ours: no source has AWS's.
    if (id !== undefined && name !== undefined)
      throw validation('You cannot specify both CustomKeyStoreId and CustomKeyStoreName.')
    const listing = listingOf('DescribeCustomKeyStores', scope)
    const page =
      id === undefined && name === undefined
        ? await store.customKeyStores.list(scope, pageRequest(hsm, listing, wanted, 100))
        : await findOne(store, scope, id, name)
    return { CustomKeyStores: page.items.map(render), ...renderPage(hsm, listing, page) }
  },
})

async function findOne(
  { customKeyStores }: Reader,
  scope: Scope,
  id: string | undefined,
  name = '',
): Promise<Page<CustomKeyStore>> {
  const found =
    id === undefined ? await customKeyStores.findByName(scope, name) : await customKeyStores.find(scope, id)
  return { items: [existing(found)], next: undefined }
}

function render(store: CustomKeyStore) {
  return {
    CustomKeyStoreId: store.customKeyStoreId,
    CustomKeyStoreName: store.name,
    ConnectionState: store.connectionState,
    ConnectionErrorCode: store.connectionErrorCode,
    CreationDate: store.createdAt,
    CustomKeyStoreType: store.type,
    ...(store.type === 'EXTERNAL_KEY_STORE' ? renderProxy(store.proxy) : renderCluster(store.cluster)),
  }
}

const renderCluster = ({ cloudHsmClusterId, trustAnchorCertificate }: ClusterLink) => ({
  CloudHsmClusterId: cloudHsmClusterId,
  TrustAnchorCertificate: trustAnchorCertificate,
})

const renderProxy = (proxy: XksProxy) => ({
  XksProxyConfiguration: {
    Connectivity: proxy.connectivity,
    AccessKeyId: proxy.accessKeyId,
    UriEndpoint: proxy.uriEndpoint,
    UriPath: proxy.uriPath,
    VpcEndpointServiceName: proxy.vpcEndpointServiceName,
    VpcEndpointServiceOwner: proxy.vpcEndpointServiceOwner,
  },
})
