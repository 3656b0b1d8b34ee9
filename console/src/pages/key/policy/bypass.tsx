import Box from '@cloudscape-design/components/box'
import { isLockOut } from '../../../model/policy/draft-verdict.ts'
import { Confirm } from '../../../ui/confirm.tsx'

interface BypassProps {
  readonly isBusy: boolean
  readonly error: Error | null
  readonly onConfirm: () => void
  readonly onCancel: () => void
}

/** Asks before a policy is saved that its author could not change again. */
export function Bypass({ error, ...rest }: BypassProps) {
  return (
    <Confirm
      {...rest}
      // The refusal that leads here is on the page already.
      error={error !== null && isLockOut(error.message) ? null : error}
      title="Save without the lock-out check"
      action="Save without the check"
      typed="bypass"
      warning="Nobody may be able to manage the key afterwards: not change its policy, not disable it, not delete it. The data under it may be lost."
    >
      <Box>
        The server refuses a policy that you could not change again. With BypassPolicyLockoutSafetyCheck it
        takes the policy all the same.
      </Box>
    </Confirm>
  )
}
