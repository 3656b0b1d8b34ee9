import type { RotationsListEntry } from '@aws-sdk/client-kms'
import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { materialStateLabel, rotationTypeLabel } from '../../../model/labels.ts'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { Time } from '../../../ui/time.tsx'
import { everyPage } from '../../../wire/every-page.ts'
import { kmsMaterials } from '../../../wire/kms/materials.ts'
import { useCall } from '../../../wire/use-call.ts'

/** All materials that the key has had, the current one first. */
export function KeyMaterials({ keyId }: { readonly keyId: string }) {
  const { data, error, refetch } = useCall('ListKeyRotations', allRotations, { KeyId: keyId })
  if (error !== null && data === undefined)
    return <ErrorAlert error={error} action="kms:ListKeyRotations" onRetry={() => void refetch()} />
  return (
    <Table<RotationsListEntry>
      header={
        <Header variant="h2" {...(data && { counter: `(${data.length})` })}>
          Key materials
        </Header>
      }
      items={data ?? []}
      loading={data === undefined}
      loadingText="Loading key materials"
      trackBy="KeyMaterialId"
      ariaLabels={{ tableLabel: 'Key materials' }}
      columnDefinitions={columns}
      empty={<Box textAlign="center">The key has no key material.</Box>}
    />
  )
}

const columns: TableProps.ColumnDefinition<RotationsListEntry>[] = [
  {
    id: 'id',
    header: 'Key material ID',
    isRowHeader: true,
    cell: ({ KeyMaterialId }) => <span className="id-text">{KeyMaterialId ?? '-'}</span>,
  },
  { id: 'date', header: 'Rotation date', cell: ({ RotationDate }) => <Time at={RotationDate} /> },
  {
    id: 'state',
    header: 'Key material state',
    cell: ({ KeyMaterialState }) => materialStateLabel(KeyMaterialState),
  },
  { id: 'type', header: 'Rotation type', cell: ({ RotationType }) => rotationTypeLabel(RotationType) },
]

const allRotations = (
  { KeyId }: { readonly KeyId: string },
  options: Parameters<typeof kmsMaterials.listKeyRotations>[1],
) =>
  everyPage(async marker => {
    const { Rotations = [], NextMarker } = await kmsMaterials.listKeyRotations(
      { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Marker: marker },
      options,
    )
    return { items: Rotations, next: NextMarker }
  })
