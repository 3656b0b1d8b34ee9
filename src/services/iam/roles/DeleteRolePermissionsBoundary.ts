import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

/** Deletes the permissions boundary of a role. */
export const DeleteRolePermissionsBoundary = operation({
  name: 'DeleteRolePermissionsBoundary',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    await store.roles.update({ ...role, boundaryArn: undefined })
  },
})
