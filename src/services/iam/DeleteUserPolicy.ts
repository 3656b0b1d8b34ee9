import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getUser } from './entities.ts'
import { removePolicy } from './inline-policies.ts'
import { onUser } from './resources.ts'
import { existingUserNameType, policyNameType } from './shapes.ts'

export const DeleteUserPolicy = operation({
  name: 'DeleteUserPolicy',
  effect: 'write',
  input: structure({ UserName: required(existingUserNameType), PolicyName: required(policyNameType) }),
  output: undefined,
  findResources: onUser,
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    await store.updateUser({ ...user, policies: removePolicy(user.policies, input.PolicyName, 'user') })
  },
})
