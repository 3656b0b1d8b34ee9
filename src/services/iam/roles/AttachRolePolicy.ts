import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { attachPolicy } from '../policies/managed-policies.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { arnType, roleNameType } from '../wire/shapes.ts'

/** Attaches a managed policy to a role. */
export const AttachRolePolicy = operation({
  name: 'AttachRolePolicy',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PolicyArn: required(arnType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope: { accountId }, store }) {
    const role = await getOwnRole(store, accountId, input.RoleName)
    const attached = role.attachedPolicyArns
    const attachedPolicyArns = await attachPolicy(store, accountId, attached, input.PolicyArn, 'Role')
    await store.roles.update({ ...role, attachedPolicyArns })
  },
})
