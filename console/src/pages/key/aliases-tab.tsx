import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { aliasLabel } from '../../model/labels.ts'
import { Info } from '../../ui/help.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { Time } from '../../ui/time.tsx'
import { everyPage } from '../../wire/every-page.ts'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'

/** The aliases of the key. */
export function AliasesTab({ keyId }: { readonly keyId: string }) {
  const { data, error, refetch } = useCall('ListAliases', allAliases, { KeyId: keyId })
  if (error !== null)
    return <ErrorAlert error={error} action="kms:ListAliases" onRetry={() => void refetch()} />
  return (
    <Table
      header={
        <Header
          variant="h2"
          info={<Info topic="alias" about="aliases" />}
          counter={data && `(${data.length})`}
        >
          Aliases
        </Header>
      }
      items={data ?? []}
      loading={data === undefined}
      loadingText="Loading aliases"
      trackBy="AliasName"
      columnDefinitions={[
        {
          id: 'name',
          header: 'Alias name',
          isRowHeader: true,
          cell: ({ AliasName = '' }) => aliasLabel(AliasName),
        },
        { id: 'arn', header: 'ARN', cell: ({ AliasArn }) => AliasArn },
        {
          id: 'changed',
          header: 'Last changed',
          cell: ({ LastUpdatedDate }) => <Time at={LastUpdatedDate} />,
        },
      ]}
      empty={<Box textAlign="center">The key has no aliases.</Box>}
    />
  )
}

const allAliases = ({ KeyId }: { readonly KeyId: string }, options: Parameters<typeof kms.listAliases>[1]) =>
  everyPage(async marker => {
    const { Aliases = [], NextMarker } = await kms.listAliases({ KeyId, Marker: marker }, options)
    return { items: Aliases, next: NextMarker }
  })
