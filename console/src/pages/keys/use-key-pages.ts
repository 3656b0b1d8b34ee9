import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useRoute } from '../../route/use-route.ts'
import {
  type KeyDetails,
  keyward,
  type ListKeyDetailsInput,
  type ListKeyDetailsOutput,
} from '../../wire/keyward.ts'

/**
 * Reads enough of the list for a page of the table. The server ends a call after some thousand keys, also if it found none, so one page
 * can take several calls.
 */
async function readPage(
  input: ListKeyDetailsInput,
  region: string | undefined,
  signal: AbortSignal,
): Promise<ListKeyDetailsOutput> {
  const keys: KeyDetails[] = []
  let [examined, hidden] = [0, 0]
  let marker = input.Marker
  for (;;) {
    const limit = (input.Limit ?? 20) - keys.length
    const answer: ListKeyDetailsOutput = await keyward.listKeyDetails(
      { ...input, Limit: limit, ...(marker !== undefined && { Marker: marker }) },
      { region, signal },
    )
    keys.push(...answer.Keys)
    examined += answer.Examined
    hidden += answer.Hidden ?? 0
    marker = answer.NextMarker
    if (marker === undefined || keys.length >= (input.Limit ?? 20))
      return { ...answer, Keys: keys, Examined: examined, Hidden: hidden }
  }
}

/** The pages of a list of keys, read one after the other. */
export function useKeyPages(input: ListKeyDetailsInput) {
  const region = useRoute()?.region
  const [index, setIndex] = useState({ of: '', at: 1 })
  const name = JSON.stringify([region, input])
  const query = useInfiniteQuery({
    queryKey: ['ListKeyDetails', region, input],
    queryFn: ({ pageParam, signal }) =>
      readPage({ ...input, ...(pageParam !== undefined && { Marker: pageParam }) }, region, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.NextMarker,
  })
  const pages = query.data?.pages ?? []
  const current = index.of === name ? index.at : 1
  const goTo = (at: number) => {
    setIndex({ of: name, at })
    if (at > pages.length) void query.fetchNextPage()
  }
  return { query, pages, current, goTo, isOpenEnd: query.hasNextPage }
}
