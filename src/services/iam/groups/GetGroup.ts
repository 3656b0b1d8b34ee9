import { list, required, structure } from '../../../std/index.ts'
import { pageInParts } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { getGroup } from '../wire/entities.ts'
import { entitiesPerPart, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { renderGroup, renderListedUser } from '../wire/render.ts'
import { onGroup } from '../wire/resources.ts'
import { groupNameType, groupType, userType } from '../wire/shapes.ts'

/** Returns a group and the users in it. */
export const GetGroup = operation({
  name: 'GetGroup',
  effect: 'read',
  input: structure({ GroupName: required(groupNameType), ...pageInput }),
  output: structure({ Group: required(groupType), Users: required(list(userType)), ...pageOutput }),
  touches: { group: onGroup },
  async handle({ input, scope: { accountId }, store }) {
    const group = await getGroup(store, accountId, input.GroupName)
    const listing = ['GetGroup', group.groupId]
    const request = pageRequest(listing, input)
    const page = await pageInParts(request, entitiesPerPart, part =>
      store.groups.listMembers(accountId, group.groupName, part),
    )
    return {
      Group: renderGroup(group),
      Users: page.items.map(renderListedUser),
      ...renderPage(listing, page),
    }
  },
})
