import { operation } from '../../../pipeline/index.ts'
import { required, structure } from '../../../std/index.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

/** Deletes the permissions boundary of a role. */
export const DeleteRolePermissionsBoundary = operation({
  name: 'DeleteRolePermissionsBoundary',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType) }),
  output: undefined,
  findResources: onRole,
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    await store.updateRole({ ...role, boundaryArn: undefined })
  },
})
