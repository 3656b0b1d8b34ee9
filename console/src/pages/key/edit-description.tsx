import type { KeyMetadata } from '@aws-sdk/client-kms'
import FormField from '@cloudscape-design/components/form-field'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { currentRegion } from '../../route/use-route.ts'
import { ActModal } from '../../ui/act-modal.tsx'
import { kms } from '../../wire/kms.ts'
import { useAct } from '../../wire/use-call.ts'

interface EditDescriptionProps {
  readonly metadata: KeyMetadata
  readonly onClose: () => void
}

/** The most characters of a description (API reference, UpdateKeyDescription). */
const lengthMax = 8192

/** Changes the description of the key. */
export function EditDescription({ metadata: { Arn = '', Description = '' }, onClose }: EditDescriptionProps) {
  const [text, setText] = useState(Description)
  const save = useAct(
    (description: string) =>
      kms.updateKeyDescription({ KeyId: Arn, Description: description }, { region: currentRegion() }),
    ['DescribeKey', 'ListKeyDetails'],
  )
  const fault = text.length > lengthMax ? `A description has at most ${lengthMax} characters.` : undefined
  return (
    <ActModal
      title="Edit description"
      action="Save changes"
      act={save}
      input={text}
      blockedBecause={fault}
      done={'The description is changed.'}
      onClose={onClose}
    >
      <FormField label="Description - optional" errorText={fault}>
        <Textarea value={text} autoFocus rows={4} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </ActModal>
  )
}
