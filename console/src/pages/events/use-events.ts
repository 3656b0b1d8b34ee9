import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { attributeOf, type EventFilter, meetsRest } from '../../model/audit/event-filters.ts'
import { readEvent, type ShownEvent } from '../../model/audit/events.ts'
import { boundsOf, type TimeRange } from '../../model/audit/time-range.ts'
import { currentRegion } from '../../route/use-route.ts'
import { now } from '../../session/clock.ts'
import { cloudtrail } from '../../wire/cloudtrail.ts'

/** Rows of a page of the table. */
export const pageSize = 50
/** How many calls one look at a page makes at most, if few events meet the filter. */
const callsMax = 10

/** The events that meet a filter, page by page, newest first. */
export function useEvents(filter: EventFilter, range: TimeRange | undefined) {
  const region = currentRegion()
  const name = JSON.stringify([region, filter, range])
  const [place, setPlace] = useState({ name, page: 1, callsMax })
  const { page, callsMax: allowed } = place.name === name ? place : { page: 1, callsMax }
  const query = useInfiniteQuery({
    queryKey: ['LookupEvents', region, filter, range],
    queryFn: async ({ pageParam: { token, bounds }, signal }) => {
      const attribute = attributeOf(filter)
      const { Events = [], NextToken } = await cloudtrail.lookupEvents(
        { ...bounds, NextToken: token, ...(attribute && { LookupAttributes: [attribute] }) },
        { region, signal },
      )
      return { events: Events.map(readEvent), token: NextToken, bounds }
    },
    // A range back from now keeps its first time from page to page: a token belongs to one range.
    initialPageParam: { token: undefined as string | undefined, bounds: boundsOf(range, now()) },
    getNextPageParam: ({ token, bounds }) => (token === undefined ? undefined : { token, bounds }),
  })
  const answers = query.data?.pages ?? []
  const examined = answers.reduce((sum, { events }) => sum + events.length, 0)
  const events: readonly ShownEvent[] = answers
    .flatMap(answer => answer.events)
    .filter(event => meetsRest(event, filter))
  const { hasNextPage, isFetching, error, fetchNextPage } = query
  const isShort = hasNextPage && events.length < page * pageSize && error === null
  const isSearching = isShort && answers.length > 0 && answers.length < allowed
  useEffect(() => {
    if (isSearching && !isFetching) void fetchNextPage()
  }, [isSearching, isFetching, fetchNextPage])
  return {
    ...{ query, events, examined, page, isSearching },
    shown: events.slice((page - 1) * pageSize, page * pageSize),
    pagesCount: Math.max(1, Math.ceil(events.length / pageSize)),
    /** Whether the search stopped before it found enough. */
    isStopped: isShort && !isSearching && answers.length > 0,
    goTo: (next: number) => setPlace({ name, page: next, callsMax: answers.length + callsMax }),
    goOn: () => setPlace({ name, page, callsMax: answers.length + callsMax }),
  }
}

export type Events = ReturnType<typeof useEvents>
