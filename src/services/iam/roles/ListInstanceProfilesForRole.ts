import { boolean, list, required, structure } from '../../../std/index.ts'
import { getRole } from '../wire/entities.ts'
import { operation } from '../wire/operation.ts'
import { pageInput } from '../wire/paging.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'

/** There are no instance profiles here, which Terraform looks for before it deletes a role. */
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
