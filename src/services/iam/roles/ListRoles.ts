import { list, required, structure } from '../../../std/index.ts'
import { pageInParts } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import {
  pageInput,
  pageOutput,
  pageRequest,
  policiesLengthMax,
  renderPage,
  rolesPerPart,
} from '../wire/paging.ts'
import { renderListedRole } from '../wire/render.ts'
import { onPath } from '../wire/resources.ts'
import { pathPrefixType, roleType } from '../wire/shapes.ts'

/** Lists the roles whose path begins with a prefix. */
export const ListRoles = operation({
  name: 'ListRoles',
  effect: 'read',
  input: structure({ PathPrefix: pathPrefixType, ...pageInput }),
  output: structure({ Roles: required(list(roleType)), ...pageOutput }),
  touches: { roles: onPath('role') },
  async handle({ input, scope: { accountId }, store }) {
    const { PathPrefix: pathPrefix = '/' } = input
    const listing = ['ListRoles', accountId, pathPrefix]
    const request = pageRequest(listing, input)
    const page = await pageInParts(
      request,
      rolesPerPart,
      part => store.roles.list(accountId, pathPrefix, part),
      { lengthOf: role => role.trustPolicy.length, lengthMax: policiesLengthMax },
    )
    return { Roles: page.items.map(renderListedRole), ...renderPage(listing, page) }
  },
})
