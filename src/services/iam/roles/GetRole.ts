import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { renderRole } from '../wire/render.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType, roleType } from '../wire/shapes.ts'

/** Retrieves a role, with its path, ID, ARN and trust policy. */
export const GetRole = operation({
  name: 'GetRole',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType) }),
  output: structure({ Role: required(roleType) }),
  touches: { role: onRole },
  async handle({ input, scope, roleUses, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    return { Role: renderRole(role, await roleUses.find(role.roleId, store)) }
  },
})
