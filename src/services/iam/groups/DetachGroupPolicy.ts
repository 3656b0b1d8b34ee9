import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { detachPolicy } from '../policies/managed-policies.ts'
import { getGroup } from '../wire/entities.ts'
import { onGroup } from '../wire/resources.ts'
import { arnType, groupNameType } from '../wire/shapes.ts'

/** Removes a managed policy from a group. */
export const DetachGroupPolicy = operation({
  name: 'DetachGroupPolicy',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), PolicyArn: required(arnType) }),
  output: undefined,
  touches: { group: onGroup },
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    const attachedPolicyArns = detachPolicy(group.attachedPolicyArns, input.PolicyArn)
    await store.groups.update({ ...group, attachedPolicyArns })
  },
})
