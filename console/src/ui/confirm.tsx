import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useId } from 'react'
import { ErrorAlert } from './states/error-alert.tsx'

interface ConfirmProps {
  readonly title: string
  /** The label of the button that does it. */
  readonly action: string
  readonly children: ReactNode
  readonly isBusy?: boolean
  readonly error?: Error | null
  /** Whether the form is complete; the reason if not. */
  readonly blockedBecause?: string | undefined
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** A modal that asks before something is done. Mount it when it is to show, so that nothing typed before is left in it. */
export function Confirm(props: ConfirmProps) {
  const { title, action, children, isBusy = false, error, blockedBecause } = props
  const form = useId()
  const isBlocked = blockedBecause !== undefined
  const confirm = () => {
    if (!isBlocked && !isBusy) props.onConfirm()
  }
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={props.onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onCancel}>
              Cancel
            </Button>
            <Button
              variant="primary"
              form={form}
              loading={isBusy}
              disabled={isBlocked}
              {...(blockedBecause !== undefined && { disabledReason: blockedBecause })}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={form}
        onSubmit={event => {
          event.preventDefault()
          confirm()
        }}
      >
        <SpaceBetween size="m">
          {children}
          {error !== undefined && error !== null && <ErrorAlert error={error} />}
        </SpaceBetween>
      </form>
    </Modal>
  )
}
