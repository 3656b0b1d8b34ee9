import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { currentRegion } from '../../route/use-route.ts'
import { keyward } from '../../wire/keyward.ts'

/** A question: who may do this with the key? */
export interface AccessQuestion {
  readonly keyId: string
  readonly action: string
}

/** Everybody who may, call by call until the end of the list, unless somebody stops it. */
export function useAccessList(question: AccessQuestion | undefined) {
  const region = currentRegion()
  const [stopped, setStopped] = useState<AccessQuestion>()
  const query = useInfiniteQuery({
    queryKey: ['ListKeyAccess', region, question],
    enabled: question !== undefined,
    queryFn: ({ pageParam, signal }) =>
      keyward.listKeyAccess(
        {
          KeyId: question?.keyId ?? '',
          Action: question?.action ?? '',
          MaxResults: 200,
          NextToken: pageParam,
        },
        { region, signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ NextToken }) => NextToken,
  })
  const answers = query.data?.pages ?? []
  const isStopped = stopped === question && question !== undefined
  const { hasNextPage, isFetching, error, fetchNextPage } = query
  const isReading = hasNextPage && !isStopped && error === null
  useEffect(() => {
    if (isReading && !isFetching) void fetchNextPage()
  }, [isReading, isFetching, fetchNextPage])
  return {
    ...{ query, isReading, isStopped },
    principals: answers.flatMap(({ Principals }) => Principals),
    examined: answers.reduce((sum, { Examined }) => sum + Examined, 0),
    total: answers.at(-1)?.Total ?? 0,
    stop: () => setStopped(question),
    goOn: () => setStopped(undefined),
  }
}

export type AccessList = ReturnType<typeof useAccessList>
