import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getUser } from '../wire/entities.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType, policyNamesType } from '../wire/shapes.ts'

/** Lists the names of the inline policies of a user. */
export const ListUserPolicies = operation({
  name: 'ListUserPolicies',
  effect: 'read',
  input: structure({ UserName: required(existingUserNameType), ...pageInput }),
  output: structure({ PolicyNames: required(policyNamesType), ...pageOutput }),
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    const listing = ['ListUserPolicies', user.userId]
    const page = cutPage(user.policies, pageRequest(listing, input), policy => policy.name)
    return { PolicyNames: page.items.map(policy => policy.name), ...renderPage(listing, page) }
  },
})
