import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import type { ContextRow } from '../../model/use/draft.ts'
import { Info } from '../../ui/help.tsx'

interface ContextFieldProps {
  readonly label: string
  readonly rows: readonly ContextRow[]
  readonly fault: string | undefined
  readonly onChange: (next: readonly ContextRow[]) => void
}

/** The pairs of an encryption context. */
export function ContextField({ label, rows, fault, onChange }: ContextFieldProps) {
  const change = (index: number, part: Partial<ContextRow>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)))
  const input = (index: number, part: 'key' | 'value') => (
    <Input
      value={rows[index]?.[part] ?? ''}
      autoComplete={false}
      ariaLabel={`${part === 'key' ? 'Key' : 'Value'} ${index + 1} of: ${label}`}
      onChange={({ detail }) => change(index, { [part]: detail.value })}
    />
  )
  return (
    <FormField
      label={`${label} - optional`}
      info={<Info topic="encryptionContext" about={label} />}
      errorText={fault}
      stretch
    >
      <AttributeEditor
        items={rows}
        addButtonText="Add pair"
        removeButtonText="Remove"
        removeButtonAriaLabel={({ key }) => (key === '' ? 'Remove the empty pair' : `Remove pair ${key}`)}
        empty="No pairs"
        onAddButtonClick={() => onChange([...rows, { key: '', value: '' }])}
        onRemoveButtonClick={({ detail: { itemIndex } }) =>
          onChange(rows.filter((_, at) => at !== itemIndex))
        }
        definition={[
          { label: 'Key', control: (_row, index) => input(index, 'key') },
          { label: 'Value', control: (_row, index) => input(index, 'value') },
        ]}
      />
    </FormField>
  )
}
