import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import { type EventFilter, hasRest, readEventFilter } from '../../model/audit/event-filters.ts'
import { eventsAsCsv, eventsAsJson, type ShownEvent } from '../../model/audit/events.ts'
import { readTimeRange, type TimeRange, writeTimeRange } from '../../model/audit/time-range.ts'
import type { Route } from '../../route/route.ts'
import { href, navigate } from '../../route/use-route.ts'
import { downloadText } from '../../ui/download.ts'
import { ErrorAlert } from '../../ui/states/error-alert.tsx'
import { columns } from './event-columns.tsx'
import { EventFilterForm } from './event-filter.tsx'
import { type Events, useEvents } from './use-events.ts'

/** The calls of the last 90 days in this Region, cryptographic ones too. */
export function EventsPage({ route: { query } }: { readonly route: Route }) {
  const [filter, range] = [readEventFilter(query), readTimeRange(query['time'])]
  const show = (nextFilter: EventFilter, nextRange: TimeRange | undefined) => {
    const asked: Record<string, string> = { ...nextFilter }
    if (nextRange !== undefined) asked['time'] = writeTimeRange(nextRange)
    navigate(href('events', {}, asked), { replaces: true })
  }
  const events = useEvents(filter, range)
  const isFiltered = Object.keys(filter).length > 0 || range !== undefined
  return (
    <Table<ShownEvent>
      variant="full-page"
      stickyHeader
      trackBy="id"
      items={events.shown}
      columnDefinitions={columns}
      loading={events.shown.length === 0 && (events.query.isPending || events.isSearching)}
      loadingText="Loading events"
      ariaLabels={{ tableLabel: 'Event history' }}
      header={<EventsHeader events={events} />}
      filter={
        <SpaceBetween size="xs">
          <EventFilterForm
            {...{ filter, range }}
            onFilter={next => show(next, range)}
            onRange={next => show(filter, next)}
          />
          <Progress events={events} isPartly={hasRest(filter)} />
        </SpaceBetween>
      }
      pagination={
        <Pagination
          currentPageIndex={events.page}
          pagesCount={events.pagesCount}
          openEnd={events.query.hasNextPage}
          onChange={({ detail }) => events.goTo(detail.currentPageIndex)}
        />
      }
      empty={<NoEvents isFiltered={isFiltered} onClear={() => show({}, undefined)} events={events} />}
    />
  )
}

function EventsHeader({ events: { query, events } }: { readonly events: Events }) {
  const count = `(${events.length.toLocaleString('en')}${query.hasNextPage ? '+' : ''})`
  return (
    <Header
      variant="awsui-h1-sticky"
      counter={query.data === undefined ? '' : count}
      description="All calls of the last 90 days in this Region. Calls of IAM are in us-east-1."
      actions={
        <SpaceBetween size="xs" direction="horizontal">
          <Button iconName="refresh" ariaLabel="Refresh events" onClick={() => void query.refetch()} />
          <ButtonDropdown
            disabled={events.length === 0}
            items={[
              { id: 'csv', text: `CSV, ${events.length} loaded events` },
              { id: 'json', text: `JSON, ${events.length} loaded events` },
            ]}
            onItemClick={({ detail: { id } }) =>
              downloadText(`events.${id}`, id === 'csv' ? eventsAsCsv(events) : eventsAsJson(events))
            }
          >
            Download events
          </ButtonDropdown>
        </SpaceBetween>
      }
    >
      Event history
    </Header>
  )
}

/** How far the search is, if it looks at more events than it shows. */
function Progress({ events, isPartly }: { readonly events: Events; readonly isPartly: boolean }) {
  const { query, examined, isSearching, isStopped } = events
  if (query.error !== null && events.shown.length > 0)
    return <ErrorAlert error={query.error} onRetry={() => void query.fetchNextPage()} />
  if (!isPartly || query.data === undefined) return null
  const looked = `Looked at ${examined.toLocaleString('en')} events.`
  if (isSearching) return <StatusIndicator type="in-progress">{looked}</StatusIndicator>
  return (
    <Box variant="small">
      {looked}{' '}
      {isStopped && (
        <Button variant="inline-link" onClick={events.goOn}>
          Look further
        </Button>
      )}
    </Box>
  )
}

interface NoEventsProps {
  readonly events: Events
  readonly isFiltered: boolean
  readonly onClear: () => void
}

function NoEvents({ events: { query }, isFiltered, onClear }: NoEventsProps) {
  if (query.error !== null)
    return (
      <ErrorAlert error={query.error} action="cloudtrail:LookupEvents" onRetry={() => void query.refetch()} />
    )
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <b>{isFiltered ? 'No matches' : 'No events'}</b>
        <Box color="text-body-secondary">
          {isFiltered ? 'No event meets the filter.' : 'Each call makes an event. There are none yet.'}
        </Box>
        {isFiltered && <Button onClick={onClear}>Clear filter</Button>}
      </SpaceBetween>
    </Box>
  )
}
