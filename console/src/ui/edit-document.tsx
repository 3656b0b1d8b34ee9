import ColumnLayout from '@cloudscape-design/components/column-layout'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { type DocumentKind, documentFindings, templates } from '../model/iam/documents.ts'
import { nameFault } from '../model/iam/names.ts'
import { useAct } from '../wire/use-call.ts'
import { ActModal } from './act-modal.tsx'
import { DocumentEditor } from './json-editor/document-editor.tsx'

interface EditDocumentProps {
  readonly title: string
  readonly kind: DocumentKind
  readonly text: string
  /** Whether the document is new, so that it gets a name and can begin with a template. */
  readonly isNew?: boolean
  /** The operations whose answers the change makes stale. */
  readonly changes: readonly string[]
  readonly save: (document: string, name: string) => Promise<unknown>
  readonly onClose: () => void
}

/** Edits a policy of IAM, over the page. */
export function EditDocument(props: EditDocumentProps) {
  const { title, kind, isNew = false, changes, onClose } = props
  const [text, setText] = useState(props.text)
  const [name, setName] = useState('')
  const findings = documentFindings(text, kind)
  const save = useAct(() => props.save(text, name), changes)
  const isBad = findings.some(({ severity }) => severity === 'error')
  const fault = isNew ? nameFault(name, 128) : undefined
  return (
    <ActModal
      title={title}
      action={isNew ? 'Create policy' : 'Save changes'}
      isWide
      act={save}
      blockedBecause={fault ?? (isBad ? 'Mend the policy first.' : undefined)}
      done={'The policy is saved.'}
      onClose={onClose}
    >
      {isNew && (
        <>
          <FormField label="Policy name" errorText={name === '' ? undefined : fault}>
            <Input value={name} autoComplete={false} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
          <Beginning onChoose={setText} />
        </>
      )}
      <DocumentEditor value={text} label="Policy" findings={findings} onChange={setText} />
    </ActModal>
  )
}

/** Writes a policy about one key, or about all keys, to go on from. */
function Beginning({ onChoose }: { readonly onChoose: (text: string) => void }) {
  const [resource, setResource] = useState('')
  const [name, setName] = useState<string>()
  const choose = (nextName: string | undefined, nextResource: string) => {
    setName(nextName)
    setResource(nextResource)
    const write = templates[nextName ?? '']
    if (write !== undefined) onChoose(write(nextResource.trim() === '' ? '*' : nextResource.trim()))
  }
  return (
    <ColumnLayout columns={2}>
      <FormField label="Begin with - optional">
        <Select
          placeholder="Choose a template"
          options={Object.keys(templates).map(value => ({ value, label: value }))}
          selectedOption={name === undefined ? null : { value: name, label: name }}
          onChange={({ detail }) => choose(detail.selectedOption.value, resource)}
        />
      </FormField>
      <FormField label="ARN of a key - optional" description="Without it, the template is about all keys.">
        <Input
          value={resource}
          spellcheck={false}
          placeholder="arn:aws:kms:us-east-1:111122223333:key/…"
          onChange={({ detail }) => choose(name, detail.value)}
        />
      </FormField>
    </ColumnLayout>
  )
}
