import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { isLockOut } from '../../../model/draft-verdict.ts'
import { findingsOf } from '../../../model/policy-findings.ts'
import { PolicyEditor } from '../../../ui/json-editor/policy-editor.tsx'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { Bypass } from './bypass.tsx'
import { DraftCheck } from './draft-check.tsx'
import { currentReader } from './use-draft-check.ts'
import { useSavePolicy } from './use-save-policy.ts'

export interface EditProps {
  readonly keyId: string
  /** The stored policy. */
  readonly stored: string
  readonly text: string
  readonly onChange: (text: string) => void
  readonly onClose: () => void
}

/** The policy as text, to change. */
export function EditText({ keyId, stored, text, onChange, onClose }: EditProps) {
  const [isBypassing, setBypassing] = useState(false)
  const save = useSavePolicy(keyId, onClose)
  const reader = currentReader()
  const isChanged = text !== stored
  const hasFault = findingsOf(text, reader).some(({ severity }) => severity === 'error')
  const blockedBecause = hasFault
    ? 'Correct the faults of the policy first.'
    : isChanged
      ? undefined
      : 'The policy is not changed.'
  const refusal = isBypassing ? null : save.error
  return (
    <SpaceBetween size="s">
      <PolicyEditor value={text} onChange={onChange} label="Key policy" reader={reader} />
      <DraftCheck {...{ keyId, text, isChanged }} />
      {refusal !== null && <ErrorAlert error={refusal} action="kms:PutKeyPolicy" />}
      {refusal !== null && isLockOut(refusal.message) && (
        <Button onClick={() => setBypassing(true)}>Save without the lock-out check</Button>
      )}
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={onClose}>
            Cancel
          </Button>
          <Button
            variant="primary"
            loading={save.isPending}
            disabled={blockedBecause !== undefined}
            {...(blockedBecause !== undefined && { disabledReason: blockedBecause })}
            onClick={() => save.mutate({ text })}
          >
            Save changes
          </Button>
        </SpaceBetween>
      </Box>
      {isBypassing && (
        <Bypass
          isBusy={save.isPending}
          error={save.error}
          onConfirm={() => save.mutate({ text, bypasses: true })}
          onCancel={() => {
            save.reset()
            setBypassing(false)
          }}
        />
      )}
    </SpaceBetween>
  )
}
