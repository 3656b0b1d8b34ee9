import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { Info } from '../../ui/help.tsx'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { everyPage } from '../../wire/every-page.ts'
import { kms } from '../../wire/kms.ts'
import { useCall } from '../../wire/use-call.ts'
import { EditTags } from './edit-tags.tsx'
import type { ShownKey } from './shown-key.ts'

/** The tags of the key. */
export function TagsTab({ shown: { id, fixedBecause } }: { readonly shown: ShownKey }) {
  const [isEditing, setEditing] = useState(false)
  const { data, error, refetch } = useCall('ListResourceTags', allTags, { KeyId: id })
  if (error !== null && data === undefined)
    return <ErrorAlert error={error} action="kms:ListResourceTags" onRetry={() => void refetch()} />
  return (
    <>
      <Table
        header={
          <Header
            variant="h2"
            info={<Info topic="tags" about="tags" />}
            {...(data && { counter: `(${data.length})` })}
            actions={
              <Button
                ariaLabel="Edit tags"
                onClick={() => setEditing(true)}
                disabled={data === undefined || fixedBecause !== undefined}
                {...(fixedBecause !== undefined && { disabledReason: fixedBecause })}
              >
                Edit
              </Button>
            }
          >
            Tags
          </Header>
        }
        items={data ?? []}
        loading={data === undefined}
        loadingText="Loading tags"
        trackBy="TagKey"
        wrapLines
        columnDefinitions={[
          { id: 'key', header: 'Key', isRowHeader: true, cell: ({ TagKey }) => TagKey },
          { id: 'value', header: 'Value', cell: ({ TagValue }) => TagValue || '-' },
        ]}
        ariaLabels={{ tableLabel: 'Tags' }}
        empty={<Box textAlign="center">The key has no tags.</Box>}
      />
      {isEditing && data !== undefined && (
        <EditTags keyId={id} tags={data} onClose={() => setEditing(false)} />
      )}
    </>
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
