import { list, required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getGroup, getUser } from '../wire/entities.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { renderGroup } from '../wire/render.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType, groupType } from '../wire/shapes.ts'

/** Lists the groups that a user belongs to. */
export const ListGroupsForUser = operation({
  name: 'ListGroupsForUser',
  effect: 'read',
  input: structure({ UserName: required(existingUserNameType), ...pageInput }),
  output: structure({ Groups: required(list(groupType)), ...pageOutput }),
  touches: { user: onUser },
  async handle({ input, scope: { accountId }, store }) {
    const user = await getUser(store, accountId, input.UserName)
    const listing = ['ListGroupsForUser', user.userId]
    const page = cutPage(user.groupNames, pageRequest(listing, input), name => name)
    const groups = await Promise.all(page.items.map(name => getGroup(store, accountId, name)))
    return { Groups: groups.map(renderGroup), ...renderPage(listing, page) }
  },
})
