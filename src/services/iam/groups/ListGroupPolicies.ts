import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getGroup } from '../wire/entities.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onGroup } from '../wire/resources.ts'
import { groupNameType, policyNamesType } from '../wire/shapes.ts'

/** Lists the names of the inline policies of a group. */
export const ListGroupPolicies = operation({
  name: 'ListGroupPolicies',
  effect: 'read',
  input: structure({ GroupName: required(groupNameType), ...pageInput }),
  output: structure({ PolicyNames: required(policyNamesType), ...pageOutput }),
  touches: { group: onGroup },
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    const listing = ['ListGroupPolicies', group.groupId]
    const page = cutPage(group.policies, pageRequest(listing, input), policy => policy.name)
    return { PolicyNames: page.items.map(policy => policy.name), ...renderPage(listing, page) }
  },
})
