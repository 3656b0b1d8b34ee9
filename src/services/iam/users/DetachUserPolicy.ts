import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { detachPolicy } from '../policies/managed-policies.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { arnType, userNameType } from '../wire/shapes.ts'

/** Removes a managed policy from a user. */
export const DetachUserPolicy = operation({
  name: 'DetachUserPolicy',
  effect: 'write',
  input: structure({ UserName: required(userNameType), PolicyArn: required(arnType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    const attachedPolicyArns = detachPolicy(user.attachedPolicyArns, input.PolicyArn)
    await store.users.update({ ...user, attachedPolicyArns })
  },
})
