import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkNoPolicies, getOwnRole, inInstanceProfile } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

const anyOne = { after: undefined, limit: 1 }

/** Deletes a role, which must have no policies and be in no instance profile. */
export const DeleteRole = operation({
  name: 'DeleteRole',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope: { accountId }, store }) {
    const role = await getOwnRole(store, accountId, input.RoleName)
    const profiles = await store.instanceProfiles.listOfRole(accountId, role.roleName, anyOne)
    if (profiles.items.length > 0) throw inInstanceProfile()
    checkNoPolicies(role)
    await store.roles.delete(role)
  },
})
