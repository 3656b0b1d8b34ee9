import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { attachedPage } from './attached-page.ts'
import { getRole } from './entities.ts'
import { pageInput, pageOutput } from './paging.ts'
import { onRole } from './resources.ts'
import { attachedPoliciesType, policyPathType, roleNameType } from './shapes.ts'

export const ListAttachedRolePolicies = operation({
  name: 'ListAttachedRolePolicies',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType), PathPrefix: policyPathType, ...pageInput }),
  output: structure({ AttachedPolicies: required(attachedPoliciesType), ...pageOutput }),
  findResources: onRole,
  async handle({ input, scope, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    return attachedPage(role.roleId, role.attachedPolicyArns, input)
  },
})
