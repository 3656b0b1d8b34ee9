import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getOwnRole } from './entities.ts'
import { detachPolicy } from './managed-policies.ts'
import { onRole } from './resources.ts'
import { arnType, roleNameType } from './shapes.ts'

export const DetachRolePolicy = operation({
  name: 'DetachRolePolicy',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PolicyArn: required(arnType) }),
  output: undefined,
  findResources: onRole,
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    const attachedPolicyArns = detachPolicy(role.attachedPolicyArns, input.PolicyArn)
    await store.updateRole({ ...role, attachedPolicyArns })
  },
})
