import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'

interface LeaveModalProps {
  readonly onLeave: () => void
  readonly onStay: () => void
}

/** Asks before the choices of the wizard are lost. */
export function LeaveModal({ onLeave, onStay }: LeaveModalProps) {
  return (
    <Modal
      visible
      header="Leave without making the key?"
      closeAriaLabel="Close"
      onDismiss={onStay}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onStay}>
              Stay
            </Button>
            <Button variant="primary" onClick={onLeave}>
              Leave
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      No key has been made yet. Your choices are lost when you leave.
    </Modal>
  )
}
