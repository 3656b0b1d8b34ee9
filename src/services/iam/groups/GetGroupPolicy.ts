import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getPolicyNamed } from '../policies/inline-policies.ts'
import { getGroup } from '../wire/entities.ts'
import { onGroup } from '../wire/resources.ts'
import { answeredPolicyType, groupNameType, policyNameType } from '../wire/shapes.ts'

/** Retrieves the document of an inline policy of a group. */
export const GetGroupPolicy = operation({
  name: 'GetGroupPolicy',
  effect: 'read',
  input: structure({ GroupName: required(groupNameType), PolicyName: required(policyNameType) }),
  output: structure({
    GroupName: required(string()),
    PolicyName: required(string()),
    PolicyDocument: required(answeredPolicyType),
  }),
  touches: { group: onGroup },
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    const { document } = getPolicyNamed(group.policies, input.PolicyName, 'group')
    return { GroupName: group.groupName, PolicyName: input.PolicyName, PolicyDocument: document }
  },
})
