import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkNoPolicies, getOwnRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

/** Deletes a role, which must have no policies. */
export const DeleteRole = operation({
  name: 'DeleteRole',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getOwnRole(store, scope.accountId, input.RoleName)
    checkNoPolicies(role)
    await store.roles.delete(role)
  },
})
