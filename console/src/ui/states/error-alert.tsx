import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import { ApiError, type ErrorKind } from '../../wire/errors.ts'
import { Copy } from '../copy.tsx'
import { ClockAdvice } from './clock-advice.tsx'
import { WhyLink } from './why-link.tsx'

export interface ErrorAlertProps {
  readonly error: Error
  /** The action that the caller needs, where the text of the error does not name it. */
  readonly action?: string | undefined
  readonly onRetry?: (() => void) | undefined
}

const headers: Readonly<Record<ErrorKind, string>> = {
  denied: 'You may not do this',
  notFound: 'Not found',
  throttled: 'Too many requests',
  sessionOver: 'Your session is over',
  wrongClock: 'The clock of this device is wrong',
  sealed: 'The server is sealed',
  unreachable: 'The server does not answer',
  other: 'The server refused this',
}

const advice: Readonly<Partial<Record<ErrorKind, string>>> = {
  throttled: 'Wait a moment, and try again.',
  sessionOver: 'Sign in again to go on.',
  sealed: 'An operator must unseal it: keyward operator unseal.',
  unreachable: 'It may be starting again, or the network is away.',
}

/** An error: the words of AWS, and how to go on. */
export function ErrorAlert({ error, action, onRetry }: ErrorAlertProps) {
  const facts = error instanceof ApiError ? error.facts : undefined
  const kind = error instanceof ApiError ? error.kind : 'other'
  const denial = error instanceof ApiError ? error.denial : undefined
  const needed = denial?.action ?? action
  return (
    <Alert
      type={kind === 'denied' ? 'info' : 'error'}
      header={kind === 'denied' && needed !== undefined ? `You need ${needed}` : headers[kind]}
      {...(onRetry && { action: <Button onClick={onRetry}>Retry</Button> })}
    >
      <Box>
        {facts === undefined ? error.message : `${facts.code}: ${facts.text}`}
        {facts?.code !== undefined && <Copy text={`${facts.code}: ${facts.text}`} label="Copy error" />}
      </Box>
      {advice[kind] !== undefined && <Box>{advice[kind]}</Box>}
      {kind === 'denied' && (
        <Box>
          Send this text to an administrator of the account: it names the missing permission.{' '}
          <WhyLink error={error} />
        </Box>
      )}
      {kind === 'wrongClock' && facts !== undefined && <ClockAdvice facts={facts} onTaken={onRetry} />}
      {facts?.requestId !== undefined && (
        <Box variant="small">
          Request ID {facts.requestId} <Copy text={facts.requestId} label="Copy request ID" />
        </Box>
      )}
    </Alert>
  )
}
