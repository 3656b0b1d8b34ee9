import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { deletionWarning } from '../../model/deletion.ts'
import { aliasLabel, stateIndicator, stateLabel } from '../../model/labels.ts'
import { href } from '../../route/use-route.ts'
import type { ActedKey } from '../../ui/key-actions/acted-key.ts'
import { LastUsed } from '../../ui/last-used.tsx'
import { ErrorText } from '../../ui/states/error-text.tsx'
import { cloudtrail } from '../../wire/cloudtrail.ts'
import { kmsGrants } from '../../wire/kms/grants.ts'
import { useCall } from '../../wire/use-call.ts'

/** Each key with everything that speaks for somebody needing it. */
export function UseTable({ keys }: { readonly keys: readonly ActedKey[] }) {
  return (
    <Table<ActedKey>
      items={keys}
      wrapLines
      header={
        <Header
          variant="h2"
          description="AWS advises to disable a key first, and to delete it when nobody has missed it."
        >
          Use of {keys.length === 1 ? 'the key' : 'the keys'}
        </Header>
      }
      ariaLabels={{ tableLabel: 'Use of the keys' }}
      columnDefinitions={[
        { id: 'key', header: 'Key', isRowHeader: true, cell: key => <KeyName of={key} /> },
        {
          id: 'state',
          header: 'Status',
          cell: ({ KeyMetadata: key }) => (
            <StatusIndicator type={stateIndicator(key?.KeyState)}>
              {stateLabel(key?.KeyState)}
            </StatusIndicator>
          ),
        },
        { id: 'last', header: 'Last used', cell: ({ KeyArn }) => <LastUsed keyId={KeyArn} /> },
        { id: 'grants', header: 'Grants', cell: ({ KeyArn }) => <Grants keyId={KeyArn} /> },
        { id: 'events', header: 'Events', cell: ({ KeyArn }) => <Events keyArn={KeyArn} /> },
        {
          id: 'warning',
          header: 'Note',
          cell: ({ KeyMetadata: key }) => (key === undefined ? '-' : (deletionWarning(key) ?? '-')),
        },
      ]}
    />
  )
}

function KeyName({ of: { KeyId, KeyArn, Aliases = [] } }: { readonly of: ActedKey }) {
  const names = Aliases.map(({ AliasName = '' }) => aliasLabel(AliasName))
  return (
    <>
      <Link href={href('key', { keyId: KeyArn })}>{KeyId}</Link>
      {names.length > 0 && <div>{names.join(', ')}</div>}
    </>
  )
}

function Grants({ keyId }: { readonly keyId: string }) {
  const { data, error } = useCall('ListGrants', kmsGrants.listGrants, { KeyId: keyId, Limit: 100 })
  if (error !== null) return <ErrorText error={error} action="kms:ListGrants" />
  if (data === undefined) return <>-</>
  const count = data.Grants?.length ?? 0
  return (
    <Link href={href('key', { keyId }, { tab: 'grants' })}>
      {count}
      {data.Truncated === true && '+'}
    </Link>
  )
}

/** The number of events of the key in the history, those of its administration too. */
function Events({ keyArn }: { readonly keyArn: string }) {
  const { data, error } = useCall('LookupEvents', cloudtrail.lookupEvents, {
    LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: keyArn }],
  })
  if (error !== null) return <ErrorText error={error} action="cloudtrail:LookupEvents" />
  if (data === undefined) return <>-</>
  return (
    <Link href={href('events', {}, { ResourceName: keyArn })}>
      {data.Events?.length ?? 0}
      {data.NextToken !== undefined && '+'}
    </Link>
  )
}
