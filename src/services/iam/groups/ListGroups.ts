import { list, required, structure } from '../../../std/index.ts'
import { pageInParts } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { entitiesPerPart, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { renderGroup } from '../wire/render.ts'
import { onPath } from '../wire/resources.ts'
import { groupType, pathPrefixType } from '../wire/shapes.ts'

/** Lists the groups whose path begins with a prefix. */
export const ListGroups = operation({
  name: 'ListGroups',
  effect: 'read',
  input: structure({ PathPrefix: pathPrefixType, ...pageInput }),
  output: structure({ Groups: required(list(groupType)), ...pageOutput }),
  touches: { groups: onPath('group') },
  async handle({ input, scope: { accountId }, store }) {
    const { PathPrefix: pathPrefix = '/' } = input
    const listing = ['ListGroups', accountId, pathPrefix]
    const request = pageRequest(listing, input)
    const page = await pageInParts(request, entitiesPerPart, part =>
      store.groups.list(accountId, pathPrefix, part),
    )
    return { Groups: page.items.map(renderGroup), ...renderPage(listing, page) }
  },
})
