import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useId } from 'react'

export interface FormModalProps {
  readonly title: string
  /** The label of the button that does it. */
  readonly action: string
  readonly cancel?: string
  readonly isBusy?: boolean
  /** Whether the form has columns that need more room. */
  readonly isWide?: boolean
  /** The reason why the form is not complete; undefined if it is. */
  readonly blockedBecause?: string | undefined
  readonly children: ReactNode
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** A form over the page. Mount it when it is to show, so that nothing typed before is left in it. */
export function FormModal(props: FormModalProps) {
  const { title, action, cancel = 'Cancel', isBusy = false, isWide = false, blockedBecause } = props
  const form = useId()
  return (
    <Modal
      visible
      size={isWide ? 'large' : 'medium'}
      header={title}
      closeAriaLabel="Close"
      onDismiss={props.onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onCancel}>
              {cancel}
            </Button>
            <Button
              variant="primary"
              form={form}
              loading={isBusy}
              disabled={blockedBecause !== undefined}
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
          if (blockedBecause === undefined && !isBusy) props.onConfirm()
        }}
      >
        <SpaceBetween size="m">{props.children}</SpaceBetween>
      </form>
    </Modal>
  )
}
