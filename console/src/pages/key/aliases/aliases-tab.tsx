import type { AliasListEntry } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { aliasLabel } from '../../../model/labels.ts'
import { Copied } from '../../../ui/copied.tsx'
import { Info } from '../../../ui/help.tsx'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { Time } from '../../../ui/time.tsx'
import type { ShownKey } from '../shown-key.ts'
import { useAliases } from '../use-aliases.ts'
import { CreateAlias } from './create-alias.tsx'
import { DeleteAliases } from './delete-aliases.tsx'
import { MoveAlias } from './move-alias.tsx'

type Act = 'create' | 'move' | 'delete'

/** The aliases of the key, and what can be done with them. */
export function AliasesTab({ shown }: { readonly shown: ShownKey }) {
  const [act, setAct] = useState<Act>()
  const [selected, setSelected] = useState<readonly string[]>([])
  const { data, error, refetch } = useAliases(shown)
  if (shown.isForeign)
    return (
      <Alert type="info">
        The key belongs to a different account. An account sees its own aliases alone, and they name its own
        keys.
      </Alert>
    )
  if (error !== null && data === undefined)
    return <ErrorAlert error={error} action="kms:ListAliases" onRetry={() => void refetch()} />
  const chosen = (data ?? []).filter(({ AliasName = '' }) => selected.includes(AliasName))
  const close = () => setAct(undefined)
  return (
    <>
      <Table<AliasListEntry>
        header={
          <Header
            variant="h2"
            info={<Info topic="alias" about="aliases" />}
            {...(data && { counter: `(${data.length})` })}
            actions={<Actions shown={shown} chosen={chosen.length} onAct={setAct} />}
          >
            Aliases
          </Header>
        }
        items={data ?? []}
        loading={data === undefined}
        loadingText="Loading aliases"
        trackBy="AliasName"
        selectionType="multi"
        selectedItems={chosen}
        onSelectionChange={({ detail }) =>
          setSelected(detail.selectedItems.map(({ AliasName = '' }) => AliasName))
        }
        ariaLabels={{
          tableLabel: 'Aliases',
          selectionGroupLabel: 'Selected aliases',
          allItemsSelectionLabel: () => 'All aliases',
          itemSelectionLabel: (_selection, { AliasName = '' }) => AliasName,
        }}
        columnDefinitions={columns}
        empty={<Box textAlign="center">The key has no aliases.</Box>}
      />
      {act === 'create' && <CreateAlias shown={shown} onClose={close} />}
      {act === 'move' && shown.metadata !== undefined && (
        <MoveAlias target={shown.metadata} onClose={close} />
      )}
      {act === 'delete' && (
        <DeleteAliases names={chosen.map(({ AliasName = '' }) => AliasName)} onClose={close} />
      )}
    </>
  )
}

const columns = [
  {
    id: 'name',
    header: 'Alias name',
    isRowHeader: true,
    cell: ({ AliasName = '' }: AliasListEntry) => aliasLabel(AliasName),
  },
  {
    id: 'arn',
    header: 'Alias ARN',
    cell: ({ AliasArn = '' }: AliasListEntry) => <Copied text={AliasArn} label="Copy alias ARN" />,
  },
  {
    id: 'created',
    header: 'Creation date',
    cell: ({ CreationDate }: AliasListEntry) => <Time at={CreationDate} />,
  },
  {
    id: 'changed',
    header: 'Last changed',
    cell: ({ LastUpdatedDate }: AliasListEntry) => <Time at={LastUpdatedDate} />,
  },
]

interface ActionsProps {
  readonly shown: ShownKey
  readonly chosen: number
  readonly onAct: (act: Act) => void
}

function Actions({ shown: { fixedBecause, metadata }, chosen, onAct }: ActionsProps) {
  const blocked = (reason: string | undefined) =>
    reason === undefined ? {} : { disabled: true, disabledReason: reason }
  const unknown = metadata === undefined ? 'You need kms:DescribeKey to compare the keys.' : undefined
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button
        onClick={() => onAct('delete')}
        {...blocked(chosen === 0 ? 'Select aliases first.' : undefined)}
      >
        Delete
      </Button>
      <Button onClick={() => onAct('move')} {...blocked(fixedBecause ?? unknown)}>
        Move alias to this key
      </Button>
      <Button variant="primary" onClick={() => onAct('create')} {...blocked(fixedBecause)}>
        Create alias
      </Button>
    </SpaceBetween>
  )
}
