import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { isLockOut } from '../../../model/policy/draft-verdict.ts'
import { findingsOf } from '../../../model/policy/policy-findings.ts'
import { flash } from '../../../ui/flash.ts'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { Bypass } from './bypass.tsx'
import { DraftCheck } from './draft-check.tsx'
import { currentReader } from './use-draft-check.ts'
import { useSavePolicy } from './use-save-policy.ts'

interface SaveChangesProps {
  readonly keyId: string
  readonly text: string
  readonly isChanged: boolean
  readonly onClose: () => void
}

/** The check of a changed policy by the server, and the buttons that save it or give it up. */
export function SaveChanges({ keyId, text, isChanged, onClose }: SaveChangesProps) {
  const [isBypassing, setBypassing] = useState(false)
  const { mutate, error, isPending, reset } = useSavePolicy(keyId)
  const save = (bypasses: boolean) =>
    mutate(
      { text, bypasses },
      {
        onSuccess: () => {
          flash.success('The key policy is changed.')
          onClose()
        },
      },
    )
  const hasFault = findingsOf(text, currentReader()).some(({ severity }) => severity === 'error')
  const blockedBecause = hasFault
    ? 'Correct the faults of the policy first.'
    : isChanged
      ? undefined
      : 'The policy is not changed.'
  const refusal = isBypassing ? null : error
  return (
    <SpaceBetween size="s">
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
            loading={isPending}
            disabled={blockedBecause !== undefined}
            {...(blockedBecause !== undefined && { disabledReason: blockedBecause })}
            onClick={() => save(false)}
          >
            Save changes
          </Button>
        </SpaceBetween>
      </Box>
      {isBypassing && (
        <Bypass
          isBusy={isPending}
          error={error}
          onConfirm={() => save(true)}
          onCancel={() => {
            reset()
            setBypassing(false)
          }}
        />
      )}
    </SpaceBetween>
  )
}
