import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { deleteConflict } from '../wire/entities.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType } from '../wire/shapes.ts'
import { getOwnPolicy, viewPolicy } from './managed-policies.ts'
import { countUses } from './render-policy.ts'

/** Deletes a managed policy, which must not be attached and must have no other version than the default version. */
export const DeletePolicy = operation({
  name: 'DeletePolicy',
  effect: 'write',
  input: structure({ PolicyArn: required(arnType) }),
  output: undefined,
  touches: { policy: onPolicy },
  async handle({ input, caller, scope: { accountId }, store }) {
    const policy = await getOwnPolicy(store, caller, input.PolicyArn, 'DeletePolicy')
    const { attachments, boundaries } = await countUses(store, accountId, viewPolicy(policy))
    if (attachments + boundaries > 0) {
      throw deleteConflict('Cannot delete a policy attached to entities.')
    }
    if (policy.versions.length > 1) {
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    }
    await store.policies.delete(policy)
  },
})
