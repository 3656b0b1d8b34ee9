import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { attachedPage } from '../policies/attached-page.ts'
import { getGroup } from '../wire/entities.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { onGroup } from '../wire/resources.ts'
import { attachedPoliciesType, groupNameType, policyPathPrefixType } from '../wire/shapes.ts'

/** Lists the managed policies that are attached to a group. */
export const ListAttachedGroupPolicies = operation({
  name: 'ListAttachedGroupPolicies',
  effect: 'read',
  input: structure({ GroupName: required(groupNameType), PathPrefix: policyPathPrefixType, ...pageInput }),
  output: structure({ AttachedPolicies: required(attachedPoliciesType), ...pageOutput }),
  touches: { group: onGroup },
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    return attachedPage(group.groupId, group.attachedPolicyArns, input)
  },
})
