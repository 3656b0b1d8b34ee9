import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { removePolicy } from '../policies/inline-policies.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType, policyNameType } from '../wire/shapes.ts'

/** Deletes an inline policy of a user. */
export const DeleteUserPolicy = operation({
  name: 'DeleteUserPolicy',
  effect: 'write',
  input: structure({ UserName: required(existingUserNameType), PolicyName: required(policyNameType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    await store.users.update({ ...user, policies: removePolicy(user.policies, input.PolicyName, 'user') })
  },
})
