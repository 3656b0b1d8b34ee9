import { boolean, list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { pageInput } from '../wire/paging.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

/** Lists the instance profiles of a role. There are none here, but Terraform asks for them before it deletes a role. */
export const ListInstanceProfilesForRole = operation({
  name: 'ListInstanceProfilesForRole',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType), ...pageInput }),
  output: structure({ InstanceProfiles: required(list(structure({}))), IsTruncated: required(boolean()) }),
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    await getRole(store, scope.accountId, input.RoleName)
    return { InstanceProfiles: [], IsTruncated: false }
  },
})
