import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { putPolicy } from '../policies/inline-policies.ts'
import { checkIdentityPolicy } from '../policies/policy-documents.ts'
import { getGroup } from '../wire/entities.ts'
import { onGroup } from '../wire/resources.ts'
import { groupNameType, policyDocumentType, policyNameType } from '../wire/shapes.ts'

/** Adds or replaces an inline policy of a group. */
export const PutGroupPolicy = operation({
  name: 'PutGroupPolicy',
  effect: 'write',
  input: structure({
    GroupName: required(groupNameType),
    PolicyName: required(policyNameType),
    PolicyDocument: required(policyDocumentType),
  }),
  output: undefined,
  touches: { group: onGroup },
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    checkIdentityPolicy(input.PolicyDocument, scope.region)
    const added = { name: input.PolicyName, document: input.PolicyDocument }
    const policies = putPolicy(group.policies, added, 'group', group.groupName)
    await store.groups.update({ ...group, policies })
  },
})
