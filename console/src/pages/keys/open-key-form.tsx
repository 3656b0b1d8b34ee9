import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { readKeyName } from '../../model/key-names.ts'
import { renderRoute } from '../../route/route.ts'
import { currentRegion, navigate } from '../../route/use-route.ts'
import { serverConfig } from '../../session/server-config.ts'
import { Confirm } from '../../ui/confirm.tsx'

/** Asks for the name of a key. An ARN leads to its own Region. */
export function OpenKeyForm({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  const found = readKeyName(text)
  const region = found?.region ?? currentRegion()
  const hasRegion = serverConfig().regions.includes(region)
  const fault =
    found === undefined
      ? 'Enter a key ID, an alias, or an ARN.'
      : hasRegion
        ? undefined
        : `This server has no Region ${region}.`
  return (
    <Confirm
      title="Open key"
      action="Open"
      blockedBecause={fault}
      onCancel={onClose}
      onConfirm={() => {
        onClose()
        navigate(renderRoute(region, 'key', { keyId: found?.name ?? '' }))
      }}
    >
      <FormField
        label="Key"
        description="A key ID, an alias, or the ARN of either. Keys of other accounts open by their ARN."
        errorText={text === '' || fault === undefined ? undefined : fault}
      >
        <Input value={text} autoFocus autoComplete={false} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </Confirm>
  )
}
