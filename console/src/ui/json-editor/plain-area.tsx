import Textarea from '@cloudscape-design/components/textarea'
import type { CodeAreaProps } from './code-area.tsx'

/** The editor as a plain field. Findings stand below it. */
export function PlainArea({ value, onChange, label }: CodeAreaProps) {
  return (
    <Textarea
      value={value}
      rows={20}
      spellcheck={false}
      ariaLabel={label}
      onChange={({ detail }) => onChange(detail.value)}
    />
  )
}
