import BarChart from '@cloudscape-design/components/bar-chart'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import Toggle from '@cloudscape-design/components/toggle'
import { useState } from 'react'
import { activityOf, callRows, isUse, type UseRow } from '../../../model/audit/activity.ts'
import type { ShownEvent } from '../../../model/audit/events.ts'
import { href } from '../../../route/use-route.ts'
import { Loaded } from '../../../ui/states/loaded.tsx'
import { Time } from '../../../ui/time.tsx'
import { useActivity } from './use-activity.ts'

/** The users of the key, and the times at which they used it. */
export function ActivityTab({ keyArn }: { readonly keyArn: string }) {
  const [isAll, setAll] = useState(false)
  const query = useActivity(keyArn)
  return (
    <Loaded query={query} name="the events of the key" action="cloudtrail:LookupEvents">
      {({ events, isWhole }) => {
        const shown = isAll ? events : events.filter(isUse)
        return (
          <SpaceBetween size="l">
            <Container
              header={
                <Header
                  variant="h2"
                  description={isWhole ? 'Of the last 90 days.' : `Of the last ${events.length} events.`}
                  actions={
                    <SpaceBetween direction="horizontal" size="m" alignItems="center">
                      <Toggle checked={isAll} onChange={({ detail }) => setAll(detail.checked)}>
                        Administration too
                      </Toggle>
                      <Button href={href('events', {}, { ResourceName: keyArn })}>Event history</Button>
                    </SpaceBetween>
                  }
                >
                  Activity
                </Header>
              }
            >
              <Chart events={shown} />
            </Container>
            <Rows events={shown} />
          </SpaceBetween>
        )
      }}
    </Loaded>
  )
}

function Chart({ events }: { readonly events: readonly ShownEvent[] }) {
  const { users, spans } = activityOf(events)
  if (users.length === 0) return <Box textAlign="center">Nobody has used the key in this time.</Box>
  return (
    <BarChart
      height={220}
      stackedBars
      hideFilter
      xScaleType="categorical"
      ariaLabel="Calls by user"
      yTitle="Calls"
      series={users.map(user => ({
        ...{ type: 'bar' as const, title: user },
        data: spans.map(({ from, counts }) => ({ x: labelOf(from), y: counts[user] ?? 0 })),
      }))}
      i18nStrings={{ chartAriaRoleDescription: 'bar chart' }}
    />
  )
}

const format = new Intl.DateTimeFormat('en-GB', {
  ...{ month: 'short', day: '2-digit', hour: '2-digit', minute: '2-digit' },
})
const labelOf = (at: Date) => format.format(at)

/** The same as the chart in a table, by operation. */
function Rows({ events }: { readonly events: readonly ShownEvent[] }) {
  return (
    <Table<UseRow>
      header={<Header variant="h2">Calls by user and operation</Header>}
      items={callRows(events)}
      ariaLabels={{ tableLabel: 'Calls by user and operation' }}
      empty={<Box textAlign="center">No calls.</Box>}
      columnDefinitions={[
        {
          id: 'user',
          header: 'User name',
          isRowHeader: true,
          cell: ({ user }) => <Link href={href('events', {}, { Username: user })}>{user}</Link>,
        },
        { id: 'operation', header: 'Operation', cell: ({ operation }) => operation },
        { id: 'calls', header: 'Calls', cell: ({ calls }) => calls.toLocaleString('en') },
        { id: 'errors', header: 'Errors', cell: ({ errors }) => errors.toLocaleString('en') },
        { id: 'last', header: 'Last call', cell: ({ last }) => <Time at={last} /> },
      ]}
    />
  )
}
