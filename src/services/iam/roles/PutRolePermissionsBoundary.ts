import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkBoundary } from '../policies/managed-policies.ts'
import { getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { arnType, roleNameType } from '../wire/shapes.ts'

/** Adds or replaces the permissions boundary of a role. */
export const PutRolePermissionsBoundary = operation({
  name: 'PutRolePermissionsBoundary',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), PermissionsBoundary: required(arnType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope: { accountId }, store }) {
    const role = await getOwnRole(store, accountId, input.RoleName)
    await checkBoundary(store, accountId, input.PermissionsBoundary)
    await store.roles.update({ ...role, boundaryArn: input.PermissionsBoundary })
  },
})
