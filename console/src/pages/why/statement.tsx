import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { matchText, statementJson, statementTitle } from '../../model/why/why-answer.ts'
import { PolicyView } from '../../ui/policy-view.tsx'
import type { ExplainedElement, ExplainedStatement } from '../../wire/keyward-access.ts'

/** A statement: what it says as JSON, and which of its elements match the request. */
export function Statement({
  statement,
  isOpen,
}: {
  readonly statement: ExplainedStatement
  readonly isOpen: boolean
}) {
  const title = statementTitle(statement)
  const match = matchText(statement)
  return (
    <ExpandableSection
      headerText={title}
      headerDescription={statement.Applies ? 'It applies.' : 'It does not apply.'}
      defaultExpanded={isOpen}
    >
      <SpaceBetween size="s">
        {match !== undefined && <Box>{match}</Box>}
        <PolicyView text={statementJson(statement)} label="statement" />
        <Table<ExplainedElement>
          variant="embedded"
          wrapLines
          ariaLabels={{ tableLabel: `Elements of ${title}` }}
          items={statement.Elements}
          columnDefinitions={columns}
        />
      </SpaceBetween>
    </ExpandableSection>
  )
}

const columns: TableProps.ColumnDefinition<ExplainedElement>[] = [
  {
    id: 'element',
    header: 'Element',
    minWidth: 130,
    isRowHeader: true,
    cell: ({ Element }) => <span className="any-text">{Element}</span>,
  },
  {
    id: 'wanted',
    header: 'In the policy',
    minWidth: 180,
    cell: ({ Wanted }) => <Values values={Wanted} none="nothing" />,
  },
  {
    id: 'found',
    header: 'In the request',
    minWidth: 240,
    cell: ({ Found }) => <Values values={Found} none="not in the request" />,
  },
  {
    id: 'matches',
    header: 'Match',
    minWidth: 90,
    cell: ({ Matches }) => (
      <StatusIndicator type={Matches ? 'success' : 'error'}>{Matches ? 'Yes' : 'No'}</StatusIndicator>
    ),
  },
]

function Values({ values, none }: { readonly values: readonly string[]; readonly none: string }) {
  if (values.length === 0) return <Box color="text-body-secondary">{none}</Box>
  return (
    <ul className="plain-list">
      {[...new Set(values)].map(value => (
        <li key={value}>{value}</li>
      ))}
    </ul>
  )
}
