import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { SignInForm } from '../pages/sign-in/sign-in-form.tsx'
import { signOut } from '../session/session.ts'

/** Says that the session ends soon. Any input keeps it. */
export function IdleWarning({ secondsLeft }: { readonly secondsLeft: number }) {
  return (
    <Modal
      visible
      header="Are you still there?"
      closeAriaLabel="Close"
      onDismiss={() => undefined}
      footer={
        <Box float="right">
          <Button variant="primary">Stay signed in</Button>
        </Box>
      }
    >
      Without input you are signed out in {secondsLeft} seconds.
    </Modal>
  )
}

/** Asks for a new sign-in over the page, so that nothing typed there is lost. */
export function SignInAgain() {
  const client = useQueryClient()
  // Whatever failed for the old credentials is read again with the new ones.
  useEffect(() => () => void client.invalidateQueries(), [client])
  return (
    <Modal visible header="Sign in again" closeAriaLabel="Sign out" onDismiss={() => signOut('asked')}>
      <SpaceBetween size="m">
        <Alert type="info">
          The server no longer takes the credentials of your session. The page stays as it is.
        </Alert>
        <SignInForm />
      </SpaceBetween>
    </Modal>
  )
}
