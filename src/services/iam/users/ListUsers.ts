import { list, required, structure } from '../../../std/index.ts'
import { pageInParts } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { entitiesPerPart, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { renderListedUser } from '../wire/render.ts'
import { onPath } from '../wire/resources.ts'
import { pathPrefixType, userType } from '../wire/shapes.ts'

/** Lists the users whose path begins with a prefix. */
export const ListUsers = operation({
  name: 'ListUsers',
  effect: 'read',
  input: structure({ PathPrefix: pathPrefixType, ...pageInput }),
  output: structure({ Users: required(list(userType)), ...pageOutput }),
  touches: { users: onPath('user') },
  async handle({ input, scope: { accountId }, store }) {
    const { PathPrefix: pathPrefix = '/' } = input
    const listing = ['ListUsers', accountId, pathPrefix]
    const request = pageRequest(listing, input)
    const page = await pageInParts(request, entitiesPerPart, part =>
      store.users.list(accountId, pathPrefix, part),
    )
    return { Users: page.items.map(renderListedUser), ...renderPage(listing, page) }
  },
})
