import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getOwnRole, getRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { maxSessionDurationType, roleDescriptionType, roleNameType } from '../wire/shapes.ts'

/** Updates the description or the maximum session duration of a role. */
export const UpdateRole = operation({
  name: 'UpdateRole',
  effect: 'write',
  input: structure({
    RoleName: required(roleNameType),
    Description: roleDescriptionType,
    MaxSessionDuration: maxSessionDurationType,
  }),
  output: structure({}),
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    // An account may change only the description of a service-linked role (IAM user guide, "Update a service-linked
    // role").
    const find = input.MaxSessionDuration === undefined ? getRole : getOwnRole
    const role = await find(store, scope.accountId, input.RoleName)
    const { Description: description = role.description } = input
    const { MaxSessionDuration: maxSessionSeconds = role.maxSessionSeconds } = input
    await store.roles.update({ ...role, description, maxSessionSeconds })
    return {}
  },
})
