import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { connectionIndicator, connectionLabel } from '../model/labels.ts'

interface ConnectionStateProps {
  readonly store: CustomKeyStoresListEntry
}

/** The connection state, with the error code of one that failed. */
export function ConnectionState({
  store: { ConnectionState: state, ConnectionErrorCode },
}: ConnectionStateProps) {
  return (
    <SpaceBetween size="xxs">
      <StatusIndicator type={connectionIndicator(state)}>{connectionLabel(state)}</StatusIndicator>
      {state === 'FAILED' && <Box variant="small">{ConnectionErrorCode}</Box>}
    </SpaceBetween>
  )
}
