import type { GrantListEntry } from '@aws-sdk/client-kms'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import { grantHas } from '../../../model/grants.ts'
import { Info } from '../../../ui/help.tsx'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { everyPage } from '../../../wire/every-page.ts'
import { kmsGrants } from '../../../wire/kms/grants.ts'
import { useCall } from '../../../wire/use-call.ts'
import type { ShownKey } from '../shown-key.ts'
import { CreateGrant } from './create-grant.tsx'
import { EndGrants } from './end-grants.tsx'
import { columns } from './grant-columns.tsx'

type Act = 'create' | 'retire' | 'revoke'

/** The grants on the key. */
export function GrantsTab({ shown }: { readonly shown: ShownKey }) {
  const [text, setText] = useState('')
  const [selected, setSelected] = useState<readonly string[]>([])
  const [act, setAct] = useState<Act>()
  const { data, error, refetch } = useCall('ListGrants', allGrants, { KeyId: shown.id })
  if (error !== null && data === undefined)
    return <ErrorAlert error={error} action="kms:ListGrants" onRetry={() => void refetch()} />
  const found = (data ?? []).filter(grant => grantHas(grant, text))
  const chosen = found.filter(({ GrantId = '' }) => selected.includes(GrantId))
  const close = () => setAct(undefined)
  return (
    <>
      <Table<GrantListEntry>
        header={
          <Header
            variant="h2"
            info={<Info topic="grants" about="grants" />}
            {...(data && { counter: `(${data.length})` })}
            actions={<Actions shown={shown} chosen={chosen.length} onAct={setAct} />}
          >
            Grants
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find grants"
            filteringAriaLabel="Find grants"
            countText={text === '' ? '' : `${found.length} ${found.length === 1 ? 'match' : 'matches'}`}
            onChange={({ detail }) => setText(detail.filteringText)}
          />
        }
        items={found}
        loading={data === undefined}
        loadingText="Loading grants"
        trackBy="GrantId"
        selectionType="multi"
        selectedItems={chosen}
        onSelectionChange={({ detail }) =>
          setSelected(detail.selectedItems.map(({ GrantId = '' }) => GrantId))
        }
        ariaLabels={{
          tableLabel: 'Grants',
          selectionGroupLabel: 'Selected grants',
          allItemsSelectionLabel: () => 'All grants',
          itemSelectionLabel: (_selection, { GrantId = '' }) => GrantId,
        }}
        columnDefinitions={columns}
        empty={<Empty isFiltered={text !== ''} onClear={() => setText('')} />}
      />
      {act === 'create' && shown.metadata !== undefined && (
        <CreateGrant keyId={shown.id} metadata={shown.metadata} onClose={close} />
      )}
      {(act === 'retire' || act === 'revoke') && (
        <EndGrants act={act} keyId={shown.id} grants={chosen} onClose={close} />
      )}
    </>
  )
}

const allGrants = (
  { KeyId }: { readonly KeyId: string },
  options: Parameters<typeof kmsGrants.listGrants>[1],
) =>
  everyPage(async marker => {
    const { Grants = [], NextMarker } = await kmsGrants.listGrants(
      { KeyId, Limit: 100, Marker: marker },
      options,
    )
    return { items: Grants, next: NextMarker }
  })

function Empty({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  return (
    <Box textAlign="center" padding="s">
      {isFiltered ? (
        <SpaceBetween size="s">
          <b>No matches</b>
          <Button onClick={onClear}>Clear filter</Button>
        </SpaceBetween>
      ) : (
        'The key has no grants.'
      )}
    </Box>
  )
}

interface ActionsProps {
  readonly shown: ShownKey
  readonly chosen: number
  readonly onAct: (act: Act) => void
}

function Actions({ shown: { fixedBecause, metadata }, chosen, onAct }: ActionsProps) {
  const blocked = (reason: string | undefined) =>
    reason === undefined ? {} : { disabled: true, disabledReason: reason }
  const none = chosen === 0 ? 'Select grants first.' : undefined
  const unknown = metadata === undefined ? 'You need kms:DescribeKey to choose operations.' : undefined
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button onClick={() => onAct('retire')} {...blocked(none)}>
        Retire
      </Button>
      <Button onClick={() => onAct('revoke')} {...blocked(none)}>
        Revoke
      </Button>
      <Button variant="primary" onClick={() => onAct('create')} {...blocked(fixedBecause ?? unknown)}>
        Create grant
      </Button>
    </SpaceBetween>
  )
}
