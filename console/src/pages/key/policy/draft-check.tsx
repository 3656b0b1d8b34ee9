import Box from '@cloudscape-design/components/box'
import LiveRegion from '@cloudscape-design/components/live-region'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { draftVerdict } from '../../../model/policy/draft-verdict.ts'
import { Findings } from '../../../ui/json-editor/findings.tsx'
import { ApiError } from '../../../wire/errors.ts'
import type { ExplainAccessOutput } from '../../../wire/keyward-access.ts'
import { useDraftCheck } from './use-draft-check.ts'

interface DraftCheckProps {
  readonly keyId: string
  readonly text: string
  readonly isChanged: boolean
}

/** The server's answer to the question whether a changed policy locks its author out. */
export function DraftCheck({ keyId, text, isChanged }: DraftCheckProps) {
  const { isReady, caller, root } = useDraftCheck(keyId, text, isChanged)
  const error = isReady ? (caller.error ?? root.error) : null
  const isAsking = isReady && error === null && (caller.isFetching || root.isFetching)
  return (
    <SpaceBetween size="xxs">
      <LiveRegion>
        {isAsking && <StatusIndicator type="loading">The server checks the policy</StatusIndicator>}
        {error !== null && <CheckRefused error={error} />}
        {isReady && caller.data !== undefined && root.data !== undefined && (
          <Verdict caller={caller.data} root={root.data} />
        )}
      </LiveRegion>
      <Box variant="small">
        The server checks a changed policy when you stop typing, if it has no fault (keyward:ExplainAccess).
        Checks are recorded in the audit log: with a digest of the policy, and without its text.
      </Box>
    </SpaceBetween>
  )
}

function Verdict({ caller, root }: Readonly<Record<'caller' | 'root', ExplainAccessOutput>>) {
  const { isSafe, text } = draftVerdict(caller, root)
  // The verdict has the lock-out already.
  const findings = (caller.DraftFindings ?? []).filter(({ Code }) => Code !== 'locksOut')
  return (
    <>
      <StatusIndicator type={isSafe ? 'success' : 'warning'} wrapText>
        {text}
      </StatusIndicator>
      {findings.length > 0 && (
        <Findings
          findings={findings.map(({ Severity: severity, Place, Message }) => ({
            severity,
            message: Place === '' ? Message : `${Place}: ${Message}`,
          }))}
        />
      )}
    </>
  )
}

function CheckRefused({ error }: { readonly error: Error }) {
  const { kind, facts } = error instanceof ApiError ? error : {}
  // The errors of PutKeyPolicy for a text that it does not take.
  const isOfText = /^(?:MalformedPolicyDocument|LimitExceeded)/.test(facts?.code ?? '')
  return (
    <StatusIndicator type={isOfText ? 'error' : 'info'} wrapText>
      {kind === 'denied'
        ? 'You may not use keyward:ExplainAccess, so only the checks of this page are made.'
        : isOfText
          ? `The server cannot take this policy: ${error.message}`
          : `The server could not check this policy, so only the checks of this page are made: ${error.message}`}
    </StatusIndicator>
  )
}
