import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getOwnRole } from './entities.ts'
import { checkBoundary } from './managed-policies.ts'
import { onRole } from './resources.ts'
import { arnType, roleNameType } from './shapes.ts'

export const PutRolePermissionsBoundary = operation({
  name: 'PutRolePermissionsBoundary',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PermissionsBoundary: required(arnType) }),
  output: undefined,
  findResources: onRole,
  async handle({ input, scope: { accountId }, store }) {
    const role = await getOwnRole(store, accountId, input.RoleName)
    await checkBoundary(store, accountId, input.PermissionsBoundary)
    await store.updateRole({ ...role, boundaryArn: input.PermissionsBoundary })
  },
})
