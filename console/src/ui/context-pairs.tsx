import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Input from '@cloudscape-design/components/input'

/** A pair of an encryption context, as typed. */
interface Pair {
  readonly key: string
  readonly value: string
}

interface ContextPairsProps {
  /** The context that the pairs are of: a form can have two. */
  readonly of: string
  readonly pairs: readonly Pair[]
  readonly onChange: (next: readonly Pair[]) => void
}

/** The pairs of an encryption context to edit. They are no secret: the audit log has them. */
export function ContextPairs({ of, pairs, onChange }: ContextPairsProps) {
  const field = (name: keyof Pair, label: string) => ({
    label,
    control: (pair: Pair, index: number) => (
      <Input
        value={pair[name]}
        autoComplete={false}
        ariaLabel={`${label} ${index + 1} of: ${of}`}
        onChange={({ detail }) => onChange(pairs.with(index, { ...pair, [name]: detail.value }))}
      />
    ),
  })
  return (
    <AttributeEditor
      items={pairs}
      empty="No pairs"
      addButtonText="Add pair"
      removeButtonText="Remove"
      removeButtonAriaLabel={({ key }) => (key === '' ? 'Remove the empty pair' : `Remove pair ${key}`)}
      onAddButtonClick={() => onChange([...pairs, { key: '', value: '' }])}
      onRemoveButtonClick={({ detail }) => onChange(pairs.toSpliced(detail.itemIndex, 1))}
      definition={[field('key', 'Key'), field('value', 'Value')]}
    />
  )
}
