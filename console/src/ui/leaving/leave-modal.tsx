import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'

interface LeaveModalProps {
  readonly title: string
  /** The things that are lost. */
  readonly children: ReactNode
  readonly onLeave: () => void
  readonly onStay: () => void
}

/** Asks before unsaved work is lost. */
export function LeaveModal({ title, children, onLeave, onStay }: LeaveModalProps) {
  return (
    <Modal
      visible
      header={title}
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
      {children}
    </Modal>
  )
}
