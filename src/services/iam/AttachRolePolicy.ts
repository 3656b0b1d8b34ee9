import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getOwnRole } from './entities.ts'
import { attachPolicy } from './managed-policies.ts'
import { onRole } from './resources.ts'
import { arnType, roleNameType } from './shapes.ts'

export const AttachRolePolicy = operation({
  name: 'AttachRolePolicy',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PolicyArn: required(arnType) }),
  output: undefined,
  findResources: onRole,
  async handle({ input, scope: { accountId }, store }) {
    const role = await getOwnRole(store, accountId, input.RoleName)
    const attached = role.attachedPolicyArns
    const attachedPolicyArns = await attachPolicy(store, accountId, attached, input.PolicyArn, 'Role')
    await store.updateRole({ ...role, attachedPolicyArns })
  },
})
