import FormField from '@cloudscape-design/components/form-field'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import type { BytesDraft } from '../../model/use/draft.ts'
import { FileInput } from '../../ui/file-input.tsx'

interface BytesFieldProps {
  readonly label: string
  readonly value: BytesDraft
  readonly constraint: string
  readonly fault: string | undefined
  readonly onChange: (next: BytesDraft) => void
}

/** The largest file that is read: more would make the page stand still. */
const fileMaxBytes = 64 * 2 ** 20

/** Bytes: a text, Base64 as other programs write it, or a file. */
export function BytesField({ label, value, constraint, fault, onChange }: BytesFieldProps) {
  return (
    <SpaceBetween size="xs">
      <FormField label={label} constraintText={constraint} errorText={fault} stretch>
        <SpaceBetween size="xs">
          <SegmentedControl
            label={`${label} is given as`}
            selectedId={value.form}
            options={forms}
            onChange={({ detail }) =>
              onChange({ text: value.text, form: detail.selectedId as BytesDraft['form'] })
            }
          />
          {value.form === 'file' ? (
            <FileInput
              maxBytes={fileMaxBytes}
              maxText="64 MiB"
              onRead={file => onChange({ ...value, file })}
            />
          ) : (
            <Textarea
              value={value.text}
              rows={4}
              spellcheck={false}
              autoComplete={false}
              onChange={({ detail }) => onChange({ ...value, text: detail.value })}
            />
          )}
        </SpaceBetween>
      </FormField>
    </SpaceBetween>
  )
}

const forms = [
  { id: 'text', text: 'Text' },
  { id: 'base64', text: 'Already Base64' },
  { id: 'file', text: 'File' },
]
