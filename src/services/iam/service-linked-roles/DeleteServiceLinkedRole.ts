import { required, string, structure, uuid } from '../../../std/index.ts'
import { getRole, noSuchEntity } from '../wire/entities.ts'
import { operation } from '../wire/operation.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

/** Nothing of a service is here that could still use its role, so that it is gone at once. */
const output = structure({ DeletionTaskId: required(string()) })

export const DeleteServiceLinkedRole = operation({
  name: 'DeleteServiceLinkedRole',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType) }),
  output,
  touches: { role: onRole },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    if (!role.isServiceLinked) throw noSuchEntity(`The role with name ${role.roleName} cannot be found.`)
    await store.deleteRole(role)
    return { DeletionTaskId: `task${role.path}${role.roleName}/${uuid()}` }
  },
})
