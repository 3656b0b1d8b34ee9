import Box from '@cloudscape-design/components/box'
import { Confirm } from '../../../ui/confirm.tsx'
import { flash } from '../../../ui/flash.ts'
import { type IdentityKind, policiesOf } from '../../../wire/iam/policies.ts'
import { useAct } from '../../../wire/use-call.ts'
import { type HeldPolicy, policyChanges } from './use-policies-of.ts'

interface RemovePolicyProps {
  readonly kind: IdentityKind
  readonly name: string
  readonly policy: HeldPolicy
  readonly onClose: () => void
}

/** Detaches a managed policy, which stays; or deletes an inline one, which is nowhere else, for somebody who types its name. */
export function RemovePolicy({ kind, name, policy, onClose }: RemovePolicyProps) {
  const { arn, name: policyName } = policy
  const policies = policiesOf(kind, name)
  const isInline = arn === undefined
  const remove = useAct(
    () =>
      isInline ? policies.deleteInline({ PolicyName: policyName }) : policies.detach({ PolicyArn: arn }),
    policyChanges(kind),
  )
  return (
    <Confirm
      title={isInline ? 'Delete inline policy' : 'Detach policy'}
      action={isInline ? 'Delete' : 'Detach'}
      {...(isInline && { typed: policyName })}
      isBusy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            flash.success(`The policy ${policyName} is ${isInline ? 'deleted' : 'detached'}.`)
            onClose()
          },
        })
      }
    >
      <Box>
        <b>{name}</b> loses the permissions of <b>{policyName}</b> at once.
        {isInline && ' The text of the policy is nowhere else.'}
      </Box>
    </Confirm>
  )
}
