import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { type Figure, figuresOf, type Reading, sumOf } from '../../model/server/figures.ts'

/** Where the audit log goes besides this machine, and whether it arrives. */
export function Sinks({ reading }: { readonly reading: Reading }) {
  const sinks = figuresOf(reading, 'keyward_sink_lag_seconds')
  const isFailing = ({ Labels: labels }: Figure) => (sumOf(reading, 'keyward_sink_failing', labels) ?? 0) > 0
  return (
    <Table<Figure>
      header={<Header variant="h2">Sinks and witnesses of the audit log</Header>}
      items={sinks}
      ariaLabels={{ tableLabel: 'Sinks and witnesses of the audit log' }}
      empty="The audit log goes nowhere besides this machine. Configure a sink, or a witness of its chain."
      columnDefinitions={[
        { id: 'name', header: 'Name', isRowHeader: true, cell: ({ Labels: { name } }) => name },
        { id: 'kind', header: 'Kind', cell: ({ Labels: { kind } }) => kind },
        {
          id: 'state',
          header: 'Last delivery',
          cell: sink =>
            isFailing(sink) ? (
              <StatusIndicator type="error">Failed</StatusIndicator>
            ) : (
              <StatusIndicator>Arrived</StatusIndicator>
            ),
        },
        {
          id: 'lag',
          header: 'Oldest line has waited for',
          cell: ({ Value }) => `${Math.round(Number(Value) * 10) / 10} s`,
        },
      ]}
    />
  )
}
