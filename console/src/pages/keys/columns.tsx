import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { TableProps } from '@cloudscape-design/components/table'
import {
  aliasLabel,
  originLabel,
  regionalityLabel,
  stateIndicator,
  stateLabel,
  typeLabel,
  usageLabel,
} from '../../model/labels.ts'
import { href } from '../../route/use-route.ts'
import { Time } from '../../ui/time.tsx'
import type { KeyDetails } from '../../wire/keyward.ts'

const pageOf = (keyId: string, tab?: string) => href('key', { keyId }, tab === undefined ? {} : { tab })

/** The columns of the list. The server sorts by columns that have a sorting field. */
export const columns: readonly TableProps.ColumnDefinition<KeyDetails>[] = [
  {
    id: 'aliases',
    header: 'Aliases',
    sortingField: 'Alias',
    isRowHeader: true,
    cell: key => <Aliases of={key} />,
  },
  {
    id: 'keyId',
    header: 'Key ID',
    sortingField: 'KeyId',
    cell: ({ KeyId }) => <Link href={pageOf(KeyId)}>{KeyId}</Link>,
  },
  { id: 'state', header: 'Status', cell: key => <State of={key} /> },
  { id: 'type', header: 'Key type', cell: ({ KeyMetadata }) => typeLabel(KeyMetadata?.KeySpec) },
  {
    id: 'spec',
    header: 'Key spec',
    sortingField: 'KeySpec',
    cell: ({ KeyMetadata }) => KeyMetadata?.KeySpec ?? '-',
  },
  { id: 'usage', header: 'Key usage', cell: ({ KeyMetadata }) => usageLabel(KeyMetadata?.KeyUsage) },
  {
    id: 'tags',
    header: 'Tags',
    cell: ({ Tags }) => Tags?.map(({ TagKey, TagValue }) => `${TagKey}=${TagValue}`).join(', ') || '-',
  },
  { id: 'description', header: 'Description', cell: ({ KeyMetadata }) => KeyMetadata?.Description || '-' },
  {
    id: 'created',
    header: 'Creation date',
    sortingField: 'CreationDate',
    cell: ({ KeyMetadata }) => <Time at={KeyMetadata?.CreationDate} />,
  },
  { id: 'used', header: 'Last used', cell: key => <LastUsed of={key} /> },
  { id: 'origin', header: 'Origin', cell: ({ KeyMetadata }) => originLabel(KeyMetadata?.Origin) },
  {
    id: 'regionality',
    header: 'Regionality',
    cell: ({ KeyMetadata }) => (KeyMetadata === undefined ? '-' : regionalityLabel(KeyMetadata)),
  },
  {
    id: 'deletion',
    header: 'Deletion date',
    cell: ({ KeyMetadata }) => <Time at={KeyMetadata?.DeletionDate} />,
  },
  {
    id: 'expiration',
    header: 'Expiration date',
    cell: ({ KeyMetadata }) => <Time at={KeyMetadata?.ValidTo} />,
  },
  {
    id: 'store',
    header: 'Custom key store ID',
    cell: ({ KeyMetadata }) => KeyMetadata?.CustomKeyStoreId ?? '-',
  },
]

/** The columns of somebody who has not chosen any. */
export const defaultColumns = ['aliases', 'keyId', 'state', 'type', 'spec', 'usage']

/** The first alias, and how many more there are. */
function Aliases({ of: { KeyId, Aliases: aliases } }: { readonly of: KeyDetails }) {
  const [first, ...more] = aliases ?? []
  if (first === undefined) return <>-</>
  return (
    <>
      <Link href={pageOf(KeyId)}>{aliasLabel(first.AliasName ?? '')}</Link>
      {more.length > 0 && (
        <>
          {' '}
          <Link variant="secondary" href={pageOf(KeyId, 'aliases')} ariaLabel={`${more.length} more aliases`}>
            (+{more.length} more)
          </Link>
        </>
      )}
    </>
  )
}

function State({ of: { KeyMetadata: metadata, Denied } }: { readonly of: KeyDetails }) {
  if (metadata === undefined) return <StatusIndicator type="info">You need {Denied[0]}</StatusIndicator>
  return (
    <StatusIndicator type={stateIndicator(metadata.KeyState)}>
      {stateLabel(metadata.KeyState)}
    </StatusIndicator>
  )
}

/** The last use; a key that nobody has used has none. */
function LastUsed({ of: { LastUsage: usage } }: { readonly of: KeyDetails }) {
  if (usage === undefined) return <>-</>
  return usage.Timestamp === undefined ? <>Never</> : <Time at={usage.Timestamp} />
}
