import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useMemo } from 'react'
import {
  findingsOf,
  type PolicyReader,
  policyMaxBytes,
  policySizeBytes,
} from '../../model/policy/policy-findings.ts'
import { DocumentEditor } from './document-editor.tsx'

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
  const size = `${policySizeBytes(value).toLocaleString('en')} of ${policyMaxBytes.toLocaleString('en')} bytes`
  return (
    <SpaceBetween size="xs">
      <DocumentEditor {...{ value, onChange, label, findings }} />
      <Box variant="small">{size}</Box>
    </SpaceBetween>
  )
}
