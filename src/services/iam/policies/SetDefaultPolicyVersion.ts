import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, policyVersionIdType } from '../wire/shapes.ts'
import { getOwnPolicy, getVersion } from './managed-policies.ts'

/** Sets the default version of a managed policy, which is the version in effect. */
export const SetDefaultPolicyVersion = operation({
  name: 'SetDefaultPolicyVersion',
  effect: 'write',
  input: structure({ PolicyArn: required(arnType), VersionId: required(policyVersionIdType) }),
  output: undefined,
  touches: { policy: onPolicy },
  async handle({ input, caller, now, store }) {
    const policy = await getOwnPolicy(store, caller, input.PolicyArn, 'SetDefaultPolicyVersion')
    const { versionId: defaultVersionId } = getVersion(policy, input.PolicyArn, input.VersionId)
    await store.policies.update({ ...policy, defaultVersionId, updatedAt: now })
  },
})
