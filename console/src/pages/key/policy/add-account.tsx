import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { accountFault, type KeyPlace } from '../../../model/new-key.ts'
import { FormModal } from '../../../ui/form-modal.tsx'

interface AddAccountProps {
  readonly accounts: readonly string[]
  readonly place: KeyPlace
  readonly onAdd: (id: string) => void
  readonly onClose: () => void
}

/** Asks for the id of a different account that is to use the key. */
export function AddAccount({ accounts, place, onAdd, onClose }: AddAccountProps) {
  const [id, setId] = useState('')
  const [isTried, setTried] = useState(false)
  const fault = accountFault([...accounts, id], accounts.length, place)
  return (
    <FormModal
      title="Add another AWS account"
      action="Add"
      onCancel={onClose}
      onConfirm={() => {
        setTried(true)
        if (fault === undefined) onAdd(id)
      }}
    >
      <FormField
        label="Account ID"
        constraintText="12 digits"
        description="Administrators of that account must also allow the key to their own users and roles."
        errorText={isTried ? fault : undefined}
      >
        <Input
          value={id}
          inputMode="numeric"
          autoComplete={false}
          onChange={({ detail }) => setId(detail.value.trim())}
        />
      </FormField>
    </FormModal>
  )
}
