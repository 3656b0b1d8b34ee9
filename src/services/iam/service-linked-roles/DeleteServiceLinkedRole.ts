import { required, string, structure, uuid } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole, noSuchEntity } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

const output = structure({ DeletionTaskId: required(string()) })

/**
 * Deletes a service-linked role and returns a deletion task ID. No service uses the role here, so it is deleted at
 * once.
 */
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
    await store.roles.delete(role)
    return { DeletionTaskId: `task${role.path}${role.roleName}/${uuid()}` }
  },
})
