import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import LineChart from '@cloudscape-design/components/line-chart'
import Table from '@cloudscape-design/components/table'
import type { Rates } from '../../model/server/figures.ts'
import { Time } from '../../ui/time.tsx'

const series = [
  { title: 'Calls', member: 'calls' },
  { title: 'Errors', member: 'errors' },
  { title: 'Throttled', member: 'throttled' },
] as const
/** How many rows the table beside the chart has. */
const rowsMax = 12

const rounded = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 2 })

/** The calls a second as lines, and the same as a table for those who do not see lines. */
export function RatesChart({ rates }: { readonly rates: readonly Rates[] }) {
  if (rates.length === 0)
    return <Box color="text-body-secondary">The rates show after the second reading.</Box>
  return (
    <>
      <LineChart
        height={200}
        xScaleType="time"
        series={series.map(({ title, member }) => ({
          ...{ type: 'line' as const, title, valueFormatter: rounded },
          data: rates.map(rate => ({ x: rate.at, y: rate[member] })),
        }))}
        yTitle="A second"
        hideFilter
        ariaLabel="Calls a second"
        i18nStrings={{
          xTickFormatter: at => at.toLocaleTimeString('en-GB'),
          yTickFormatter: rounded,
          chartAriaRoleDescription: 'line chart',
        }}
      />
      <ExpandableSection headerText="As a table">
        <Table<Rates>
          variant="embedded"
          items={rates.slice(-rowsMax).reverse()}
          ariaLabels={{ tableLabel: 'Calls a second' }}
          columnDefinitions={[
            { id: 'at', header: 'Time', isRowHeader: true, cell: ({ at }) => <Time at={at} /> },
            ...series.map(({ title, member }) => ({
              id: member,
              header: title,
              cell: (rate: Rates) => rounded(rate[member]),
            })),
          ]}
        />
      </ExpandableSection>
    </>
  )
}
