import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { deleteConflict } from '../wire/entities.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, policyVersionIdType } from '../wire/shapes.ts'
import { getOwnPolicy, getVersion } from './managed-policies.ts'

/** Deletes a version of a managed policy, but not the default version. */
export const DeletePolicyVersion = operation({
  name: 'DeletePolicyVersion',
  effect: 'write',
  input: structure({ PolicyArn: required(arnType), VersionId: required(policyVersionIdType) }),
  output: undefined,
  touches: { policy: onPolicy },
  async handle({ input, caller, now, store }) {
    const policy = await getOwnPolicy(store, caller, input.PolicyArn, 'DeletePolicyVersion')
    const version = getVersion(policy, input.PolicyArn, input.VersionId)
    if (version.versionId === policy.defaultVersionId) {
      throw deleteConflict('Cannot delete the default version of a policy.')
    }
    const versions = policy.versions.filter(item => item !== version)
    await store.policies.update({ ...policy, versions, updatedAt: now })
  },
})
