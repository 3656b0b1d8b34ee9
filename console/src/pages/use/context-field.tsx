import FormField from '@cloudscape-design/components/form-field'
import type { ContextRow } from '../../model/use/draft.ts'
import { ContextPairs } from '../../ui/context-pairs.tsx'
import { Info } from '../../ui/help.tsx'

interface ContextFieldProps {
  readonly label: string
  readonly rows: readonly ContextRow[]
  readonly fault: string | undefined
  readonly onChange: (next: readonly ContextRow[]) => void
}

/** The pairs of an encryption context. */
export function ContextField({ label, rows, fault, onChange }: ContextFieldProps) {
  return (
    <FormField
      label={`${label} - optional`}
      info={<Info topic="encryptionContext" about={label} />}
      errorText={fault}
      stretch
    >
      <ContextPairs of={label} pairs={rows} onChange={onChange} />
    </FormField>
  )
}
