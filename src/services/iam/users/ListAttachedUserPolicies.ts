import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { attachedPage } from '../policies/attached-page.ts'
import { getUser } from '../wire/entities.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { onUser } from '../wire/resources.ts'
import { attachedPoliciesType, policyPathPrefixType, userNameType } from '../wire/shapes.ts'

/** Lists the managed policies that are attached to a user. */
export const ListAttachedUserPolicies = operation({
  name: 'ListAttachedUserPolicies',
  effect: 'read',
  input: structure({ UserName: required(userNameType), PathPrefix: policyPathPrefixType, ...pageInput }),
  output: structure({ AttachedPolicies: required(attachedPoliciesType), ...pageOutput }),
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    return attachedPage(user.userId, user.attachedPolicyArns, input)
  },
})
