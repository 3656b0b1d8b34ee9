import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { removePolicy } from '../policies/inline-policies.ts'
import { getGroup } from '../wire/entities.ts'
import { onGroup } from '../wire/resources.ts'
import { groupNameType, policyNameType } from '../wire/shapes.ts'

/** Deletes an inline policy of a group. */
export const DeleteGroupPolicy = operation({
  name: 'DeleteGroupPolicy',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), PolicyName: required(policyNameType) }),
  output: undefined,
  touches: { group: onGroup },
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    await store.groups.update({ ...group, policies: removePolicy(group.policies, input.PolicyName, 'group') })
  },
})
