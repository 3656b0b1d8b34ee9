import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { OtherStatement } from '../../../model/policy/policy-form.ts'

interface OtherStatementsProps {
  readonly statements: readonly OtherStatement[]
  readonly onView: () => void
}

/** The statements that the form does not change. */
export function OtherStatements({ statements, onView }: OtherStatementsProps) {
  return (
    <Table<OtherStatement>
      variant="embedded"
      header={
        <Header
          variant="h3"
          counter={`(${statements.length})`}
          description="The form keeps them as they are. Change them as text."
        >
          Other statements
        </Header>
      }
      items={statements}
      trackBy="line"
      columnDefinitions={[
        ...columns,
        {
          id: 'view',
          header: 'In the text',
          cell: ({ name }) => (
            <Button variant="inline-link" ariaLabel={`View ${name} in the policy`} onClick={onView}>
              View
            </Button>
          ),
        },
      ]}
      ariaLabels={{ tableLabel: 'Other statements' }}
    />
  )
}

const columns: TableProps.ColumnDefinition<OtherStatement>[] = [
  {
    id: 'name',
    header: 'Statement',
    isRowHeader: true,
    cell: ({ name }) => <span className="any-text">{name}</span>,
  },
  { id: 'effect', header: 'Effect', cell: ({ effect }) => effect },
  { id: 'principals', header: 'Principals', cell: ({ principals }) => <Lines lines={principals} /> },
  { id: 'actions', header: 'Action', cell: ({ actions }) => <Lines lines={actions} /> },
]

/** How many lines of a cell show. */
const linesMax = 4

function Lines({ lines }: { readonly lines: readonly string[] }) {
  const shown = [...new Set(lines)]
  const more = shown.length - linesMax
  return (
    <ul className="plain-list">
      {shown.slice(0, linesMax).map(line => (
        <li key={line}>{line}</li>
      ))}
      {more > 0 && <li>and {more} more</li>}
    </ul>
  )
}
