import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getUser } from '../wire/entities.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { onUser } from '../wire/resources.ts'
import { answeredTagsType, existingUserNameType } from '../wire/shapes.ts'
import { tagsPage } from '../wire/tags-page.ts'

/** Lists the tags of a user. */
export const ListUserTags = operation({
  name: 'ListUserTags',
  effect: 'read',
  input: structure({ UserName: required(existingUserNameType), ...pageInput }),
  output: structure({ Tags: required(answeredTagsType), ...pageOutput }),
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    const user = await getUser(store, scope.accountId, input.UserName)
    return tagsPage(user.userId, user.tags, input)
  },
})
