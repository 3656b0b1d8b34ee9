import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { type TagRow, tagFaults, tagsMax } from '../model/tags.ts'

interface TagRowsProps {
  readonly rows: readonly TagRow[]
  /** Whether the faults of untouched rows show too. */
  readonly showsAll?: boolean
  readonly onChange: (next: readonly TagRow[]) => void
}

/** Rows of tags to edit. A fault shows under its field once somebody has typed into the row. */
export function TagRows({ rows, showsAll = false, onChange }: TagRowsProps) {
  const [touched, setTouched] = useState<ReadonlySet<number>>(new Set())
  const faults = tagFaults(rows).map((fault, index) => (showsAll || touched.has(index) ? fault : {}))
  const change = (index: number, part: Partial<TagRow>) => {
    setTouched(new Set([...touched, index]))
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)))
  }
  const left = tagsMax - rows.length
  return (
    <AttributeEditor
      items={rows}
      addButtonText="Add tag"
      removeButtonText="Remove"
      removeButtonAriaLabel={({ key }) => (key === '' ? 'Remove the empty tag' : `Remove tag ${key}`)}
      disableAddButton={left <= 0}
      additionalInfo={`You can add ${left} more ${left === 1 ? 'tag' : 'tags'}.`}
      empty="No tags"
      onAddButtonClick={() => onChange([...rows, { key: '', value: '' }])}
      onRemoveButtonClick={({ detail: { itemIndex } }) => {
        setTouched(
          new Set([...touched].flatMap(at => (at === itemIndex ? [] : [at > itemIndex ? at - 1 : at]))),
        )
        onChange(rows.filter((_, at) => at !== itemIndex))
      }}
      definition={[
        {
          label: 'Key',
          control: ({ key }, index) => (
            <Input
              value={key}
              autoComplete={false}
              ariaLabel={`Key of tag ${index + 1}`}
              onChange={({ detail }) => change(index, { key: detail.value })}
            />
          ),
          errorText: (_row, index) => faults[index]?.key,
        },
        {
          label: 'Value - optional',
          control: ({ value }, index) => (
            <Input
              value={value}
              autoComplete={false}
              ariaLabel={`Value of tag ${index + 1}`}
              onChange={({ detail }) => change(index, { value: detail.value })}
            />
          ),
          errorText: (_row, index) => faults[index]?.value,
        },
      ]}
    />
  )
}
