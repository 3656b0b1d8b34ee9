import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { detachPolicy } from '../policies/managed-policies.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { arnType, roleNameType } from '../wire/shapes.ts'

/** Removes a managed policy from a role. */
export const DetachRolePolicy = operation({
  name: 'DetachRolePolicy',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PolicyArn: required(arnType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    const attachedPolicyArns = detachPolicy(role.attachedPolicyArns, input.PolicyArn)
    await store.roles.update({ ...role, attachedPolicyArns })
  },
})
