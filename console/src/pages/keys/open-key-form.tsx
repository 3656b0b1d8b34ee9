import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { href, navigate } from '../../route/use-route.ts'
import { Confirm } from '../../ui/confirm.tsx'

/** Asks for the name of a key. */
export function OpenKeyForm({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const open = () => {
    onClose()
    navigate(href('key', { keyId: name.trim() }))
  }
  return (
    <Confirm
      title="Open key"
      action="Open"
      blockedBecause={name.trim() === '' ? 'Enter the name of a key.' : undefined}
      onCancel={onClose}
      onConfirm={open}
    >
      <FormField label="Key" description="A key ID, a key ARN or an alias, also of a different account.">
        <Input value={name} autoFocus autoComplete={false} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </Confirm>
  )
}
