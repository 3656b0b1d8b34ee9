import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { firstPage, goToPage, type PagesVisited, startOf } from '../../model/pages-visited.ts'
import { currentRegion } from '../../route/use-route.ts'
import { currentSession } from '../../session/session.ts'
import { keyward, type ListKeyDetailsInput, type ListKeyDetailsOutput } from '../../wire/keyward.ts'

/** The pages of the list that was left last, so that the way back leads to the page and not to the first. */
let left: { readonly name: string; readonly visited: PagesVisited } | undefined

interface Part {
  readonly marker: string | undefined
  readonly limit: number
}

const countKeys = (answers: readonly ListKeyDetailsOutput[]) =>
  answers.reduce((sum, { Keys }) => sum + Keys.length, 0)
const sumOf = (answers: readonly ListKeyDetailsOutput[], member: 'Examined' | 'Hidden') =>
  answers.reduce((sum, answer) => sum + (answer[member] ?? 0), 0)

/**
 * The pages of a list of keys. The server ends a call after some thousand keys, also if it found few or none. A page of the table
 * therefore takes as many calls as fill it, until somebody stops the search.
 */
export function useKeyPages(input: ListKeyDetailsInput & { readonly Limit: number }) {
  const region = currentRegion()
  const name = JSON.stringify([currentSession()?.accountId, region, input])
  const [visited, setVisited] = useVisited(name)
  const [stopped, setStopped] = useState<string>()
  const start = startOf(visited)
  const place = `${name} ${start}`
  const query = useInfiniteQuery({
    queryKey: ['ListKeyDetails', region, { ...input, Marker: start }],
    queryFn: ({ pageParam: { marker, limit }, signal }) =>
      keyward.listKeyDetails(
        { ...input, Limit: limit, ...(marker !== undefined && { Marker: marker }) },
        { region, signal },
      ),
    initialPageParam: { marker: start, limit: input.Limit } as Part,
    getNextPageParam: ({ NextMarker: marker }, answers): Part | undefined => {
      const limit = input.Limit - countKeys(answers)
      return marker === undefined || limit <= 0 ? undefined : { marker, limit }
    },
    placeholderData: keepPreviousData,
  })
  const answers = query.data?.pages ?? []
  const isShort = query.hasNextPage && !query.isPlaceholderData
  const isSearching = isShort && stopped !== place && query.error === null
  const { fetchNextPage, isFetching } = query
  useEffect(() => {
    if (isSearching && !isFetching) void fetchNextPage()
  }, [isSearching, isFetching, fetchNextPage])
  const next = isShort || query.isPlaceholderData ? undefined : answers.at(-1)?.NextMarker
  return {
    query,
    keys: answers.flatMap(({ Keys }) => Keys),
    count: answers[0]?.Count,
    examined: sumOf(answers, 'Examined'),
    hidden: sumOf(answers, 'Hidden'),
    isSearching,
    isStopped: isShort && !isSearching && query.error === null,
    stop: () => setStopped(place),
    goOn: () => setStopped(undefined),
    current: visited.current,
    pagesCount: visited.starts.length,
    isOpenEnd: visited.current < visited.starts.length || next !== undefined,
    goTo: (page: number) => setVisited(goToPage(visited, page, next)),
    restart: () => {
      setVisited(firstPage)
      return query.refetch()
    },
  }
}

export type KeyPages = ReturnType<typeof useKeyPages>

/** The visited pages of a list. A different list begins at its first page. */
function useVisited(name: string): [PagesVisited, (next: PagesVisited) => void] {
  const [, setCount] = useState(0)
  const visited = left?.name === name ? left.visited : firstPage
  const set = (next: PagesVisited) => {
    left = { name, visited: next }
    setCount(count => count + 1)
  }
  return [visited, set]
}
