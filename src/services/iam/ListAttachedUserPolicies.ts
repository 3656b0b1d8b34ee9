import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { attachedPage } from './attached-page.ts'
import { getUser } from './entities.ts'
import { pageInput, pageOutput } from './paging.ts'
import { onUser } from './resources.ts'
import { attachedPoliciesType, policyPathType, userNameType } from './shapes.ts'

export const ListAttachedUserPolicies = operation({
  name: 'ListAttachedUserPolicies',
  effect: 'read',
  input: structure({ UserName: required(userNameType), PathPrefix: policyPathType, ...pageInput }),
  output: structure({ AttachedPolicies: required(attachedPoliciesType), ...pageOutput }),
  findResources: onUser,
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    return attachedPage(user.userId, user.attachedPolicyArns, input)
  },
})
