import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { markSessionOver, onSignOut } from '../session/session.ts'
import { ApiError, type ErrorKind } from '../wire/errors.ts'

/** How often a call that was throttled is tried again. */
const throttledTriesMax = 4

const isOf = (error: Error, kind: ErrorKind) => error instanceof ApiError && error.kind === kind

const retrying = {
  retry: (count: number, error: Error) => isOf(error, 'throttled') && count < throttledTriesMax,
  /** Milliseconds before the next try, twice as many each time. */
  retryDelay: (count: number) => 500 * 2 ** count,
}

function noteSessionOver(error: Error): void {
  if (isOf(error, 'sessionOver')) markSessionOver()
}

/** Everything that was read from the server. It is forgotten with the session. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteSessionOver }),
  mutationCache: new MutationCache({ onError: noteSessionOver }),
  defaultOptions: {
    queries: { ...retrying, staleTime: 5000, refetchOnWindowFocus: false },
    mutations: retrying,
  },
})

onSignOut(() => queryClient.clear())
