import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import { useState } from 'react'
import { ActModal } from '../../../ui/act-modal.tsx'
import { allPolicies } from '../../../ui/all-policies.ts'
import { ErrorAlert } from '../../../ui/states/error-alert.tsx'
import { type IdentityKind, policiesOf } from '../../../wire/iam/policies.ts'
import { useAct, useCall } from '../../../wire/use-call.ts'
import { type HeldPolicy, policyChanges } from './use-policies-of.ts'

interface AttachPolicyProps {
  readonly kind: IdentityKind
  readonly name: string
  readonly held: readonly HeldPolicy[]
  readonly onClose: () => void
}

/** Attaches managed policies. */
export function AttachPolicy({ kind, name, held, onClose }: AttachPolicyProps) {
  const [chosen, setChosen] = useState<readonly string[]>([])
  const query = useCall('ListPolicies', allPolicies, {})
  const attach = useAct(async () => {
    for (const arn of chosen) await policiesOf(kind, name).attach({ PolicyArn: arn })
  }, policyChanges(kind))
  const options = (query.data ?? [])
    .filter(({ arn }) => held.every(policy => policy.arn !== arn))
    .map(policy => ({ value: policy.arn, label: policy.name, description: policy.arn }))
  return (
    <ActModal
      title="Attach policies"
      action="Attach policies"
      act={attach}
      blockedBecause={chosen.length === 0 ? 'Choose a policy.' : undefined}
      done={'The policies are attached.'}
      onClose={onClose}
    >
      {query.error !== null && <ErrorAlert error={query.error} action="iam:ListPolicies" />}
      <FormField label="Managed policies">
        <Multiselect
          placeholder="Choose policies"
          filteringType="auto"
          options={options}
          statusType={query.isPending ? 'loading' : 'finished'}
          loadingText="Loading policies"
          empty="There is no other policy."
          selectedOptions={options.filter(({ value }) => chosen.includes(value))}
          onChange={({ detail }) => setChosen(detail.selectedOptions.map(({ value = '' }) => value))}
        />
      </FormField>
    </ActModal>
  )
}
