import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { markSessionOver, onSignOut } from '../session/session.ts'
import { ApiError } from '../wire/errors.ts'
import { retrying } from '../wire/with-retries.ts'

function noteSessionOver(error: Error): void {
  if (error instanceof ApiError && error.kind === 'sessionOver') markSessionOver()
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
