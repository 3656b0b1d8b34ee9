import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getOwnRole } from './entities.ts'
import { removePolicy } from './inline-policies.ts'
import { onRole } from './resources.ts'
import { policyNameType, roleNameType } from './shapes.ts'

export const DeleteRolePolicy = operation({
  name: 'DeleteRolePolicy',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PolicyName: required(policyNameType) }),
  output: undefined,
  findResources: onRole,
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    await store.updateRole({ ...role, policies: removePolicy(role.policies, input.PolicyName, 'role') })
  },
})
