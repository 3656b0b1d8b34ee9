import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Suspense, useMemo } from 'react'
import {
  findingsOf,
  type PolicyReader,
  policyMaxBytes,
  policySizeBytes,
} from '../../model/policy/policy-findings.ts'
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

interface PolicyEditorProps {
  readonly value: string
  readonly onChange: (value: string) => void
  /** The accessible name of the editor. */
  readonly label: string
  /** The account and the caller that should stay able to change the policy. */
  readonly reader: PolicyReader
}

/** An editor for a key policy, which checks while somebody types. The code of the editor is loaded when it shows. */
export function PolicyEditor({ value, onChange, label, reader }: PolicyEditorProps) {
  const { accountId, partition, callerArn } = reader
  const findings = useMemo(
    () => findingsOf(value, { accountId, partition, callerArn }),
    [value, accountId, partition, callerArn],
  )
  const area = { value, onChange, label, findings }
  const size = `${policySizeBytes(value).toLocaleString('en')} of ${policyMaxBytes.toLocaleString('en')} bytes`
  return (
    <SpaceBetween size="xs">
      <Suspense fallback={<PolicyView text={value} label={label} />}>
        <CodeArea {...area} />
      </Suspense>
      <Box variant="small">{size}</Box>
      <Findings findings={findings} />
    </SpaceBetween>
  )
}
