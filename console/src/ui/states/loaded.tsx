import Box from '@cloudscape-design/components/box'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useLate } from '../use-late.ts'
import { ErrorAlert } from './error-alert.tsx'

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>
  /** The thing that is loaded, such as `the key policy`. */
  readonly name: string
  /** The action that reading it needs. */
  readonly action: string
  readonly isEmpty?: (data: T) => boolean
  readonly empty?: ReactNode
  readonly children: (data: T) => ReactNode
}

/** Something that is read from the server, in whatever state it is: on its way, empty, refused, or there. */
export function Loaded<T>({ query, name, action, isEmpty, empty, children }: LoadedProps<T>) {
  const { data, error, failureCount, refetch } = query
  if (data !== undefined) return <>{isEmpty?.(data) === true ? empty : children(data)}</>
  if (error !== null) return <ErrorAlert error={error} action={action} onRetry={() => void refetch()} />
  return <Loading name={name} throttledCount={failureCount} />
}

/** Says that something is on its way. `throttledCount` tries were refused because there were too many. */
export function Loading({
  name,
  throttledCount = 0,
}: {
  readonly name: string
  readonly throttledCount?: number
}) {
  if (!useLate(true)) return <Box padding="m" />
  const text = throttledCount > 0 ? `Too many requests: trying again (${throttledCount})` : `Loading ${name}`
  return (
    <Box padding="m">
      <StatusIndicator type={throttledCount > 0 ? 'pending' : 'loading'}>{text}</StatusIndicator>
    </Box>
  )
}
