import Box from '@cloudscape-design/components/box'
import { ActModal } from '../../../ui/act-modal.tsx'
import type { IdentityKind } from '../../../wire/iam/policies.ts'
import { useAct } from '../../../wire/use-call.ts'
import { type HeldPolicy, policyChanges, removePolicyOf } from './use-policies-of.ts'

interface RemovePolicyProps {
  readonly kind: IdentityKind
  readonly name: string
  readonly policy: HeldPolicy
  readonly onClose: () => void
}

/** Detaches a managed policy, which stays; or deletes an inline one, which is nowhere else, for somebody who types its name. */
export function RemovePolicy({ kind, name, policy, onClose }: RemovePolicyProps) {
  const { arn, name: policyName } = policy
  const isInline = arn === undefined
  const remove = useAct(() => removePolicyOf(kind, name, policy), policyChanges(kind))
  return (
    <ActModal
      title={isInline ? 'Delete inline policy' : 'Detach policy'}
      action={isInline ? 'Delete' : 'Detach'}
      {...(isInline && { typed: policyName })}
      act={remove}
      done={`The policy ${policyName} is ${isInline ? 'deleted' : 'detached'}.`}
      onClose={onClose}
    >
      <Box>
        <b>{name}</b> loses the permissions of <b>{policyName}</b> at once.
        {isInline && ' The text of the policy is nowhere else.'}
      </Box>
    </ActModal>
  )
}
