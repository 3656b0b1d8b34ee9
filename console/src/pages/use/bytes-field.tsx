import FileUpload from '@cloudscape-design/components/file-upload'
import FormField from '@cloudscape-design/components/form-field'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useEffect, useRef, useState } from 'react'
import type { BytesDraft } from '../../model/use/draft.ts'

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
            <FileInput value={value} onChange={onChange} />
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

function FileInput({ value, onChange }: Pick<BytesFieldProps, 'value' | 'onChange'>) {
  const [chosen, setChosen] = useState<File>()
  const [fault, setFault] = useState<string>()
  // A file that is still being read when somebody chooses a different one, or a text, comes too late.
  const latest = useRef<File>(undefined)
  useEffect(
    () => () => {
      latest.current = undefined
    },
    [],
  )
  const choose = async (file: File | undefined) => {
    latest.current = file
    setChosen(file)
    setFault(undefined)
    onChange({ ...value, file: undefined })
    if (file === undefined) return
    if (file.size > fileMaxBytes) return setFault('The file is larger than 64 MiB.')
    try {
      const bytes = new Uint8Array(await file.arrayBuffer())
      if (latest.current === file) onChange({ ...value, file: { name: file.name, bytes } })
    } catch {
      if (latest.current === file) setFault('The file cannot be read.')
    }
  }
  return (
    <FileUpload
      value={chosen === undefined ? [] : [chosen]}
      showFileSize
      {...(fault !== undefined && { errorText: fault })}
      i18nStrings={fileTexts}
      onChange={({ detail }) => void choose(detail.value[0])}
    />
  )
}

const fileTexts = {
  uploadButtonText: () => 'Choose file',
  dropzoneText: () => 'Drop file',
  removeFileAriaLabel: () => 'Remove file',
  limitShowFewer: 'Show fewer files',
  limitShowMore: 'Show more files',
  errorIconAriaLabel: 'Error',
}
