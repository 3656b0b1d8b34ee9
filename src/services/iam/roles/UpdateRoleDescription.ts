import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { renderDescribedRole } from '../wire/render.ts'
import { onRole } from '../wire/resources.ts'
import { roleDescriptionType, roleNameType, roleType } from '../wire/shapes.ts'

const output = structure({ Role: required(roleType) })

/** Updates only the description of a role; AWS recommends UpdateRole instead. */
export const UpdateRoleDescription = operation({
  name: 'UpdateRoleDescription',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), Description: required(roleDescriptionType) }),
  output,
  touches: { role: onRole },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    const updated = { ...role, description: input.Description }
    await store.roles.update(updated)
    return { Role: renderDescribedRole(updated) }
  },
})
