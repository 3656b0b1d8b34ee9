import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { Info } from '../../ui/help.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { everyPage } from '../../wire/every-page.ts'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'

/** The tags of the key. */
export function TagsTab({ keyId }: { readonly keyId: string }) {
  const { data, error, refetch } = useCall('ListResourceTags', allTags, { KeyId: keyId })
  if (error !== null)
    return <ErrorAlert error={error} action="kms:ListResourceTags" onRetry={() => void refetch()} />
  return (
    <Table
      header={
        <Header variant="h2" info={<Info topic="tags" about="tags" />} counter={data && `(${data.length})`}>
          Tags
        </Header>
      }
      items={data ?? []}
      loading={data === undefined}
      loadingText="Loading tags"
      trackBy="TagKey"
      columnDefinitions={[
        { id: 'key', header: 'Key', isRowHeader: true, cell: ({ TagKey }) => TagKey },
        { id: 'value', header: 'Value', cell: ({ TagValue }) => TagValue || '-' },
      ]}
      empty={<Box textAlign="center">The key has no tags.</Box>}
    />
  )
}

const allTags = (
  { KeyId }: { readonly KeyId: string },
  options: Parameters<typeof kms.listResourceTags>[1],
) =>
  everyPage(async marker => {
    const { Tags = [], NextMarker } = await kms.listResourceTags({ KeyId, Marker: marker }, options)
    return { items: Tags, next: NextMarker }
  })
