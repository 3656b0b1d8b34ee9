import { QueryClient } from '@tanstack/react-query'
import { onSignOut } from '../session/session.ts'

/** Everything that was read from the server. It is forgotten with the session. */
export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 5000, refetchOnWindowFocus: false } },
})

onSignOut(() => queryClient.clear())
