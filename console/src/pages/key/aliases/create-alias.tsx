import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { aliasFault, aliasNameOf } from '../../../model/aliases.ts'
import { aliasLabel } from '../../../model/labels.ts'
import { currentRegion } from '../../../route/use-route.ts'
import { Confirm } from '../../../ui/confirm.tsx'
import { flash } from '../../../ui/flash.ts'
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
    <Confirm
      title="Create alias"
      action="Create alias"
      isBusy={create.isPending}
      error={create.error}
      blockedBecause={fault}
      onCancel={onClose}
      onConfirm={() =>
        create.mutate(aliasNameOf(text), {
          onSuccess: () => {
            flash.success(`The alias ${aliasLabel(aliasNameOf(text))} is created.`)
            onClose()
          },
        })
      }
    >
      <FormField
        label="Alias"
        constraintText={`The full name is ${aliasNameOf(text)}. It may decide access where policies name it.`}
        errorText={text === '' ? undefined : fault}
      >
        <Input value={text} autoFocus autoComplete={false} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </Confirm>
  )
}
