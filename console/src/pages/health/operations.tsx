import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { type OperationFigures, operationsOf, type Reading } from '../../model/server/figures.ts'

/** How many operations the table shows. */
const rowsMax = 20

/** The calls of each operation since the server began. */
export function Operations({ reading }: { readonly reading: Reading }) {
  const operations = operationsOf(reading)
  const left = operations.length - rowsMax
  return (
    <Table<OperationFigures>
      header={
        <Header variant="h2" counter={`(${operations.length})`} description="Since the start of the server.">
          Operations
        </Header>
      }
      items={operations.slice(0, rowsMax)}
      ariaLabels={{ tableLabel: 'Operations' }}
      empty="No calls yet."
      footer={left > 0 ? `${left} more operations with fewer calls.` : undefined}
      columnDefinitions={[
        { id: 'operation', header: 'Operation', isRowHeader: true, cell: ({ operation }) => operation },
        { id: 'service', header: 'Service', cell: ({ service }) => service },
        { id: 'calls', header: 'Calls', cell: ({ calls }) => calls.toLocaleString('en') },
        { id: 'errors', header: 'Errors', cell: ({ errors }) => errors.toLocaleString('en') },
        { id: 'common', header: 'Most common error', cell: ({ commonError }) => commonError || '-' },
        {
          id: 'p99',
          header: '99 of 100 calls within',
          cell: ({ p99Ms }) => (p99Ms === undefined ? '-' : `${p99Ms} ms`),
        },
      ]}
    />
  )
}
