import { type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRoute } from '../route/use-route.ts'
import type { Call } from './call.ts'

interface CallState<O> {
  readonly isEnabled?: boolean
  /** After how many milliseconds the same is read again, as long as the page shows; false for not at all. */
  readonly pollMs?: (data: O) => number | false
}

/** Reads something with a call in the Region of the address, and reads it again when an act has changed it. Not before it is enabled. */
export function useCall<I extends object, O>(
  operation: string,
  call: Call<I, O>,
  input: I,
  { isEnabled = true, pollMs }: CallState<O> = {},
): UseQueryResult<O> {
  const region = useRoute()?.region
  return useQuery<O>({
    queryKey: [operation, region, input],
    queryFn: ({ signal }) => call(input, { signal, region }),
    enabled: isEnabled,
    refetchInterval: ({ state: { data } }) => (data === undefined ? false : (pollMs?.(data) ?? false)),
  })
}

/**
 * Does something with a call. Afterwards everything is read again that the listed operations read. An input or an answer with a
 * secret is forgotten with the form.
 */
export function useAct<I, O>(
  act: (input: I) => Promise<O>,
  changes: readonly string[],
  { hasSecret = false }: { readonly hasSecret?: boolean } = {},
) {
  const client = useQueryClient()
  return useMutation<O, Error, I>({
    ...(hasSecret && { gcTime: 0 }),
    mutationFn: act,
    onSettled: () =>
      Promise.all(changes.map(operation => client.invalidateQueries({ queryKey: [operation] }))),
  })
}
