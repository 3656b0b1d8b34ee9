import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getOwnRole } from './entities.ts'
import { onRole } from './resources.ts'
import { roleNameType } from './shapes.ts'

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
