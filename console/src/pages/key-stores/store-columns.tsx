import type { CustomKeyStoresListEntry, CustomKeyStoreType } from '@aws-sdk/client-kms'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { connectivityLabel } from '../../model/labels.ts'
import { href } from '../../route/use-route.ts'
import { ConnectionState } from '../../ui/connection-state.tsx'
import { Time } from '../../ui/time.tsx'

type Column = TableProps.ColumnDefinition<CustomKeyStoresListEntry>

const first: readonly Column[] = [
  {
    id: 'name',
    header: 'Custom key store name',
    isRowHeader: true,
    cell: ({ CustomKeyStoreId: storeId = '', CustomKeyStoreName }) => (
      <Link href={href('keyStore', { storeId })}>{CustomKeyStoreName}</Link>
    ),
  },
  { id: 'id', header: 'Custom key store ID', cell: ({ CustomKeyStoreId }) => CustomKeyStoreId },
  { id: 'connection', header: 'Connection state', cell: store => <ConnectionState store={store} /> },
]

const last: readonly Column[] = [
  { id: 'created', header: 'Creation date', cell: ({ CreationDate }) => <Time at={CreationDate} /> },
]

const own: Readonly<Record<CustomKeyStoreType, readonly Column[]>> = {
  AWS_CLOUDHSM: [
    {
      id: 'cluster',
      header: 'CloudHSM cluster ID',
      cell: ({ CloudHsmClusterId }) => CloudHsmClusterId ?? '-',
    },
  ],
  EXTERNAL_KEY_STORE: [
    {
      id: 'connectivity',
      header: 'Proxy connectivity',
      cell: ({ XksProxyConfiguration }) => connectivityLabel(XksProxyConfiguration?.Connectivity),
    },
    {
      id: 'endpoint',
      header: 'Proxy URI endpoint',
      cell: ({ XksProxyConfiguration }) => XksProxyConfiguration?.UriEndpoint ?? '-',
    },
  ],
}

/** The columns of the list of a kind of custom key stores. */
export const columnsOf = (type: CustomKeyStoreType): readonly Column[] => [...first, ...own[type], ...last]
