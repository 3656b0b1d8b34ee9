import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getGroup } from './entities.ts'
import { putPolicy } from './inline-policies.ts'
import { checkIdentityPolicy } from './policy-documents.ts'
import { onGroup } from './resources.ts'
import { groupNameType, policyDocumentType, policyNameType } from './shapes.ts'

export const PutGroupPolicy = operation({
  name: 'PutGroupPolicy',
  effect: 'write',
  input: structure({
    GroupName: required(groupNameType),
    PolicyName: required(policyNameType),
    PolicyDocument: required(policyDocumentType),
  }),
  output: undefined,
  findResources: onGroup,
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    checkIdentityPolicy(input.PolicyDocument)
    const added = { name: input.PolicyName, document: input.PolicyDocument }
    const policies = putPolicy(group.policies, added, 'group', group.groupName)
    await store.updateGroup({ ...group, policies })
  },
})
