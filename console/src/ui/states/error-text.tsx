import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { ApiError } from '../../wire/errors.ts'
import { WhyLink } from './why-link.tsx'

interface ErrorTextProps {
  readonly error: Error
  /** The action that reading this needs. */
  readonly action: string
}

/** An error in a line, for one fact among others. */
export function ErrorText({ error, action }: ErrorTextProps) {
  const isDenied = error instanceof ApiError && error.kind === 'denied'
  return (
    <StatusIndicator type={isDenied ? 'info' : 'error'}>
      {isDenied ? `You need ${error.denial?.action ?? action}` : error.message} <WhyLink error={error} />
    </StatusIndicator>
  )
}
