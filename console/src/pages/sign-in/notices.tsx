import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'

interface NoticesProps {
  readonly isIdle: boolean
  readonly isSealed: boolean
  readonly isReadable: boolean
}

/** Things to know before somebody signs in. */
export function Notices({ isIdle, isSealed, isReadable }: NoticesProps) {
  return (
    <SpaceBetween size="m">
      {isIdle && <Alert type="info">You were signed out, because there was no input for a while.</Alert>}
      {isSealed && (
        <Alert type="warning" header="The server is sealed">
          No call succeeds until an operator unseals it: keyward operator unseal.
        </Alert>
      )}
      {isReadable && (
        <Alert type="warning" header="This connection is not private">
          The page came over plain HTTP from a different machine. Others on the network can read the calls and
          their answers, and could change the page so that it sends them what you type. Use HTTPS.
        </Alert>
      )}
    </SpaceBetween>
  )
}
