import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { attachedPage } from '../policies/attached-page.ts'
import { getRole } from '../wire/entities.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { onRole } from '../wire/resources.ts'
import { attachedPoliciesType, policyPathPrefixType, roleNameType } from '../wire/shapes.ts'

/** Lists the managed policies that are attached to a role. */
export const ListAttachedRolePolicies = operation({
  name: 'ListAttachedRolePolicies',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType), PathPrefix: policyPathPrefixType, ...pageInput }),
  output: structure({ AttachedPolicies: required(attachedPoliciesType), ...pageOutput }),
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    return attachedPage(role.roleId, role.attachedPolicyArns, input)
  },
})
