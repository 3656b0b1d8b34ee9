import Box from '@cloudscape-design/components/box'
import { href, navigate } from '../../route/use-route.ts'
import { ActModal } from '../../ui/act-modal.tsx'
import { iamPolicies } from '../../wire/iam/policies.ts'
import { useAct } from '../../wire/use-call.ts'

interface DeletePolicyProps {
  readonly arn: string
  readonly name: string
  readonly onClose: () => void
}

/** Deletes a managed policy with its versions. One that somebody has is refused by the server. */
export function DeletePolicy({ arn, name, onClose }: DeletePolicyProps) {
  const end = useAct(async () => {
    const { Versions = [] } = await iamPolicies.listPolicyVersions({ PolicyArn: arn })
    for (const { VersionId, IsDefaultVersion } of Versions)
      if (IsDefaultVersion !== true) await iamPolicies.deletePolicyVersion({ PolicyArn: arn, VersionId })
    await iamPolicies.deletePolicy({ PolicyArn: arn })
  }, ['ListPolicies'])
  return (
    <ActModal
      title="Delete policy"
      action="Delete"
      typed={name}
      act={end}
      done={`The policy ${name} is deleted.`}
      onDone={() => navigate(href('policies'))}
      onClose={onClose}
    >
      <Box>All its versions are deleted. Detach it from everybody first.</Box>
    </ActModal>
  )
}
