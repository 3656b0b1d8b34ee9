import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onRole } from '../wire/resources.ts'
import { policyNamesType, roleNameType } from '../wire/shapes.ts'

/** Lists the names of the inline policies of a role. */
export const ListRolePolicies = operation({
  name: 'ListRolePolicies',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType), ...pageInput }),
  output: structure({ PolicyNames: required(policyNamesType), ...pageOutput }),
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    const listing = ['ListRolePolicies', role.roleId]
    const page = cutPage(role.policies, pageRequest(listing, input), policy => policy.name)
    return { PolicyNames: page.items.map(policy => policy.name), ...renderPage(listing, page) }
  },
})
