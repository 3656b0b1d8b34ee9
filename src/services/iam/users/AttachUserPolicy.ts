import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { attachPolicy } from '../policies/managed-policies.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { arnType, userNameType } from '../wire/shapes.ts'

/** Attaches a managed policy to a user. */
export const AttachUserPolicy = operation({
  name: 'AttachUserPolicy',
  effect: 'write',
  input: structure({ UserName: required(userNameType), PolicyArn: required(arnType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope: { accountId }, store }) {
    const user = await getUser(store, accountId, input.UserName)
    const attached = user.attachedPolicyArns
    const attachedPolicyArns = await attachPolicy(store, accountId, attached, input.PolicyArn, 'User')
    await store.users.update({ ...user, attachedPolicyArns })
  },
})
