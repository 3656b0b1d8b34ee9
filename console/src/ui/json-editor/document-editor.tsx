import SpaceBetween from '@cloudscape-design/components/space-between'
import { Suspense } from 'react'
import type { PolicyFinding } from '../../model/policy/policy-findings.ts'
import { lazyPart } from '../lazy-part.ts'
import { PolicyView } from '../policy-view.tsx'
import { Findings } from './findings.tsx'
import { PlainArea } from './plain-area.tsx'

/** If the editor cannot be loaded, a plain field is in its place, so that the policy can be written all the same. */
const CodeArea = lazyPart(() =>
  import('./code-area.tsx').then(
    part => part.CodeArea,
    () => PlainArea,
  ),
)

interface DocumentEditorProps {
  readonly value: string
  readonly onChange: (value: string) => void
  /** The accessible name of the editor. */
  readonly label: string
  readonly findings: readonly PolicyFinding[]
}

/** An editor for a policy of any kind, with its findings below. The code of the editor is loaded when it shows. */
export function DocumentEditor({ value, onChange, label, findings }: DocumentEditorProps) {
  return (
    <SpaceBetween size="xs">
      <Suspense fallback={<PolicyView text={value} label={label} />}>
        <CodeArea {...{ value, onChange, label, findings }} />
      </Suspense>
      <Findings findings={findings} />
    </SpaceBetween>
  )
}
