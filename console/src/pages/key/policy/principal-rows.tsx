import Badge from '@cloudscape-design/components/badge'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { type ReactNode, useState } from 'react'
import { type PolicyPrincipal, policyPrincipal } from '../../../model/policy/policy-principals.ts'

interface PrincipalRowsProps {
  /** The name of the table, such as `Key users`. */
  readonly title: string
  readonly info: ReactNode
  readonly empty: string
  /** The texts of the principals in the policy. */
  readonly principals: readonly string[]
  /** The reason why nothing can change; undefined if it can. */
  readonly fixedBecause: string | undefined
  readonly onAdd: () => void
  readonly onRemove: (principals: readonly string[]) => void
}

/** Principals of a key policy, to add and to remove. */
export function PrincipalRows(props: PrincipalRowsProps) {
  const { title, info, empty, principals, onRemove } = props
  const [selected, setSelected] = useState<readonly string[]>([])
  const chosen = principals.filter(id => selected.includes(id))
  return (
    <Table<PolicyPrincipal>
      variant="embedded"
      header={
        <Header
          variant="h3"
          info={info}
          counter={`(${principals.length})`}
          actions={<Actions {...props} chosen={chosen.length} onRemove={() => onRemove(chosen)} />}
        >
          {title}
        </Header>
      }
      items={principals.map(policyPrincipal)}
      trackBy="id"
      selectionType="multi"
      selectedItems={chosen.map(policyPrincipal)}
      onSelectionChange={({ detail }) => setSelected(detail.selectedItems.map(({ id }) => id))}
      columnDefinitions={columns}
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: title,
        allItemsSelectionLabel: () => `All of ${title}`,
        itemSelectionLabel: (_selection, { type, name }) => `${type} ${name}`,
      }}
      empty={<Box textAlign="center">{empty}</Box>}
    />
  )
}

interface ActionsProps extends Pick<PrincipalRowsProps, 'title' | 'fixedBecause' | 'onAdd'> {
  readonly chosen: number
  readonly onRemove: () => void
}

function Actions({ title, chosen, fixedBecause, onAdd, onRemove }: ActionsProps) {
  const blocked = fixedBecause ?? (chosen === 0 ? 'Select what is to be removed.' : undefined)
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button
        ariaLabel={`Remove from ${title}`}
        disabled={blocked !== undefined}
        {...(blocked !== undefined && { disabledReason: blocked })}
        onClick={onRemove}
      >
        Remove
      </Button>
      <Button
        ariaLabel={`Add to ${title}`}
        disabled={fixedBecause !== undefined}
        {...(fixedBecause !== undefined && { disabledReason: fixedBecause })}
        onClick={onAdd}
      >
        Add
      </Button>
    </SpaceBetween>
  )
}

const columns: TableProps.ColumnDefinition<PolicyPrincipal>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    cell: ({ name, isDeleted }) => (
      <span className="any-text">
        {name} {isDeleted && <Badge color="red">deleted</Badge>}
      </span>
    ),
  },
  { id: 'path', header: 'Path', cell: ({ path }) => path || '-' },
  { id: 'type', header: 'Type', cell: ({ type }) => type },
]
