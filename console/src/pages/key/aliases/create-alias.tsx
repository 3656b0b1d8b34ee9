import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { aliasFault, aliasNameOf } from '../../../model/aliases.ts'
import { aliasLabel } from '../../../model/labels.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { ActModal } from '../../../ui/act-modal.tsx'
import { kms } from '../../../wire/kms.ts'
import { useAct } from '../../../wire/use-call.ts'
import type { ShownKey } from '../shown-key.ts'

interface CreateAliasProps {
  readonly shown: ShownKey
  readonly onClose: () => void
}

/** Gives the key one more alias. */
export function CreateAlias({ shown, onClose }: CreateAliasProps) {
  const [text, setText] = useState('')
  const fault = aliasFault(text)
  const create = useAct(
    (name: string) =>
      kms.createAlias({ AliasName: name, TargetKeyId: shown.id }, { region: currentRegion() }),
    ['ListAliases', 'ListKeyDetails'],
  )
  return (
    <ActModal
      title="Create alias"
      action="Create alias"
      act={create}
      input={aliasNameOf(text)}
      blockedBecause={fault}
      done={`The alias ${aliasLabel(aliasNameOf(text))} is created.`}
      onClose={onClose}
    >
      <FormField
        label="Alias"
        constraintText={`The full name is ${aliasNameOf(text)}. It may decide access where policies name it.`}
        errorText={text === '' ? undefined : fault}
      >
        <Input value={text} autoFocus autoComplete={false} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </ActModal>
  )
}
