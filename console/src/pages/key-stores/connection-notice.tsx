import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms'
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import { isMoving } from '../../model/stores/store-states.ts'
import { connectionErrors } from '../../text/connection-errors.ts'

interface ConnectionNoticeProps {
  readonly store: CustomKeyStoresListEntry
}

/** Explains the connection state, if there is something to do or to wait for. */
export function ConnectionNotice({ store }: ConnectionNoticeProps) {
  const { ConnectionState: state, ConnectionErrorCode: code } = store
  if (isMoving(store))
    return (
      <Alert type="info">
        {state === 'CONNECTING'
          ? 'The server connects the key store. This can take some minutes. The page shows when it is done.'
          : 'The server disconnects the key store. The page shows when it is done.'}
      </Alert>
    )
  if (state === 'DISCONNECTED')
    return (
      <Alert type="info">
        The key store is disconnected. Its keys cannot be used, and no key can be made in it, until it is
        connected.
      </Alert>
    )
  if (state !== 'FAILED') return null
  const text = code === undefined ? undefined : connectionErrors[code]
  return (
    <Alert
      type="error"
      header={`The key store could not be connected${code === undefined ? '' : `: ${code}`}`}
    >
      <Box>{text?.meaning ?? 'The server gives no reason that this page knows.'}</Box>
      <Box>{text?.remedy ?? 'The log of the server has it.'}</Box>
    </Alert>
  )
}
