import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Input from '@cloudscape-design/components/input'
import type { ContextRow } from '../../model/why/why-question.ts'

interface ContextRowsProps {
  /** The thing of a row, such as `context key`. */
  readonly thing: string
  readonly rows: readonly ContextRow[]
  readonly placeholder: string
  readonly onChange: (rows: readonly ContextRow[]) => void
}

/** The most rows: that of ExplainAccess. */
const rowsMax = 100

/** Names and values of the request. */
export function ContextRows({ thing, rows, placeholder, onChange }: ContextRowsProps) {
  const field = (index: number, row: ContextRow, member: keyof ContextRow, label: string) => (
    <Input
      value={row[member]}
      autoComplete={false}
      spellcheck={false}
      placeholder={member === 'name' ? placeholder : ''}
      ariaLabel={`${label} ${index + 1}`}
      onChange={({ detail }) => onChange(rows.with(index, { ...row, [member]: detail.value }))}
    />
  )
  return (
    <AttributeEditor<ContextRow>
      items={rows}
      addButtonText={`Add ${thing}`}
      removeButtonText="Remove"
      removeButtonAriaLabel={({ name }) => `Remove ${thing} ${name}`}
      disableAddButton={rows.length >= rowsMax}
      empty={`No ${thing}`}
      onAddButtonClick={() => onChange([...rows, { name: '', value: '' }])}
      onRemoveButtonClick={({ detail }) => onChange(rows.toSpliced(detail.itemIndex, 1))}
      definition={[
        { label: `Name of ${thing}`, control: (row, index) => field(index, row, 'name', `Name of ${thing}`) },
        { label: 'Value', control: (row, index) => field(index, row, 'value', `Value of ${thing}`) },
      ]}
    />
  )
}
