import type { TableProps } from '@cloudscape-design/components/table'
import { originLabel, regionalityLabel, typeLabel, usageLabel } from '../../model/labels.ts'
import { Time } from '../../ui/time.tsx'
import type { KeyDetails } from '../../wire/keyward.ts'
import { Aliases, Fact, KeyId, LastUsed, State, Tags } from './cells.tsx'

/** The columns of the list. The server sorts by columns that have a sorting field. */
export const columns: readonly TableProps.ColumnDefinition<KeyDetails>[] = [
  {
    id: 'aliases',
    header: 'Aliases',
    sortingField: 'Alias',
    isRowHeader: true,
    minWidth: 180,
    cell: key => <Aliases of={key} />,
  },
  { id: 'keyId', header: 'Key ID', sortingField: 'KeyId', minWidth: 180, cell: key => <KeyId of={key} /> },
  { id: 'state', header: 'Status', minWidth: 150, cell: key => <State of={key} /> },
  {
    id: 'type',
    header: 'Key type',
    cell: key => <Fact of={key} read={({ KeySpec }) => typeLabel(KeySpec)} />,
  },
  {
    id: 'spec',
    header: 'Key spec',
    sortingField: 'KeySpec',
    cell: key => <Fact of={key} read={({ KeySpec }) => KeySpec} />,
  },
  {
    id: 'usage',
    header: 'Key usage',
    cell: key => <Fact of={key} read={({ KeyUsage }) => usageLabel(KeyUsage)} />,
  },
  { id: 'tags', header: 'Tags', cell: key => <Tags of={key} /> },
  {
    id: 'description',
    header: 'Description',
    cell: key => <Fact of={key} read={({ Description }) => Description} />,
  },
  {
    id: 'created',
    header: 'Creation date',
    sortingField: 'CreationDate',
    cell: key => <Fact of={key} read={({ CreationDate }) => <Time at={CreationDate} />} />,
  },
  {
    id: 'origin',
    header: 'Origin',
    cell: key => <Fact of={key} read={({ Origin }) => originLabel(Origin)} />,
  },
  { id: 'regionality', header: 'Regionality', cell: key => <Fact of={key} read={regionalityLabel} /> },
  { id: 'used', header: 'Last used', cell: key => <LastUsed of={key} /> },
  {
    id: 'deletion',
    header: 'Deletion date',
    cell: key => <Fact of={key} read={({ DeletionDate }) => <Time at={DeletionDate} />} />,
  },
  {
    id: 'expiration',
    header: 'Expiration date',
    cell: key => <Fact of={key} read={({ ValidTo }) => <Time at={ValidTo} />} />,
  },
  {
    id: 'store',
    header: 'Custom key store ID',
    cell: key => <Fact of={key} read={({ CustomKeyStoreId }) => CustomKeyStoreId} />,
  },
]

/** The columns of somebody who has not chosen any. */
export const defaultColumns = ['aliases', 'keyId', 'state', 'type', 'spec', 'usage']
