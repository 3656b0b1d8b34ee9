import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRoute } from '../route/use-route.ts'
import { markSessionOver } from '../session/session.ts'
import type { Call } from './call.ts'
import { ApiError } from './errors.ts'

/** How often a call that was throttled is tried again. */
const throttledTriesMax = 4

export function shouldRetry(count: number, error: Error): boolean {
  if (error instanceof ApiError && error.kind === 'sessionOver') markSessionOver()
  return error instanceof ApiError && error.kind === 'throttled' && count < throttledTriesMax
}

/** Milliseconds before the next try, twice as many each time. */
export const retryDelay = (count: number) => 500 * 2 ** count

/** Reads something with a call in the Region of the address, and reads it again when an act has changed it. */
export function useCall<I extends object, O>(
  operation: string,
  call: Call<I, O>,
  input: I,
  { isEnabled = true, keepsPrevious = false, refreshMillis }: ReadOptions = {},
): UseQueryResult<O> {
  const region = useRoute()?.region
  return useQuery<O>({
    queryKey: [operation, region, input],
    queryFn: ({ signal }) => call(input, { signal, region }),
    enabled: isEnabled,
    retry: shouldRetry,
    retryDelay,
    ...(keepsPrevious && { placeholderData: previous => previous }),
    ...(refreshMillis !== undefined && { refetchInterval: refreshMillis }),
  })
}

export interface ReadOptions {
  readonly isEnabled?: boolean
  /** Whether the last answer shows until that to a changed input is here. */
  readonly keepsPrevious?: boolean
  /** Reads again after each period, while the page is visible. */
  readonly refreshMillis?: number | undefined
}

/** Does something with a call. Afterwards everything is read again that the listed operations read. */
export function useAct<I, O>(act: (input: I) => Promise<O>, changes: readonly string[]) {
  const client = useQueryClient()
  return useMutation<O, Error, I>({
    mutationFn: act,
    retry: shouldRetry,
    retryDelay,
    onSettled: () =>
      Promise.all(changes.map(operation => client.invalidateQueries({ queryKey: [operation] }))),
  })
}
