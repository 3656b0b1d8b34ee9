import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getUser } from './entities.ts'
import { detachPolicy } from './managed-policies.ts'
import { onUser } from './resources.ts'
import { arnType, userNameType } from './shapes.ts'

export const DetachUserPolicy = operation({
  name: 'DetachUserPolicy',
  effect: 'write',
  input: structure({ UserName: required(userNameType), PolicyArn: required(arnType) }),
  output: undefined,
  findResources: onUser,
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    const attachedPolicyArns = detachPolicy(user.attachedPolicyArns, input.PolicyArn)
    await store.updateUser({ ...user, attachedPolicyArns })
  },
})
