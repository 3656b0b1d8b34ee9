import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { removePolicy } from '../policies/inline-policies.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { policyNameType, roleNameType } from '../wire/shapes.ts'

/** Deletes an inline policy of a role. */
export const DeleteRolePolicy = operation({
  name: 'DeleteRolePolicy',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PolicyName: required(policyNameType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    await store.roles.update({ ...role, policies: removePolicy(role.policies, input.PolicyName, 'role') })
  },
})
