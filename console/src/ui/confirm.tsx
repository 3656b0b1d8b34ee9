import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { FormModal, type FormModalProps } from './form-modal.tsx'
import { ErrorAlert } from './states/error-alert.tsx'

export interface ConfirmProps extends FormModalProps {
  /** A word that must be typed first, for acts that cannot be undone. */
  readonly typed?: string
  readonly warning?: string
  readonly error?: Error | null
}

/** A modal that asks before something is done, and shows why it was refused. */
export function Confirm({ typed, warning, error, children, ...modal }: ConfirmProps) {
  const [text, setText] = useState('')
  const isTyped = typed === undefined || text === typed
  return (
    <FormModal
      {...modal}
      blockedBecause={modal.blockedBecause ?? (isTyped ? undefined : `Type ${typed} first.`)}
    >
      {warning !== undefined && <Alert type="warning">{warning}</Alert>}
      {children}
      {typed !== undefined && (
        <FormField label={`To confirm, type ${typed}`}>
          <Input value={text} autoComplete={false} onChange={({ detail }) => setText(detail.value)} />
        </FormField>
      )}
      {error !== undefined && error !== null && <ErrorAlert error={error} />}
    </FormModal>
  )
}
