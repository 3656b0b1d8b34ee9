import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType } from '../wire/shapes.ts'
import { instanceProfileType, renderProfiles } from './instance-profiles.ts'

/** Lists the instance profiles that have a role. */
export const ListInstanceProfilesForRole = operation({
  name: 'ListInstanceProfilesForRole',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType), ...pageInput }),
  output: structure({ InstanceProfiles: required(list(instanceProfileType)), ...pageOutput }),
  touches: { role: onRole },
  async handle({ input, scope: { accountId }, store }) {
    const { roleName, roleId } = await getRole(store, accountId, input.RoleName)
    const listing = ['ListInstanceProfilesForRole', roleId]
    const page = await store.instanceProfiles.listOfRole(accountId, roleName, pageRequest(listing, input))
    return { InstanceProfiles: await renderProfiles(store, page), ...renderPage(listing, page) }
  },
})
