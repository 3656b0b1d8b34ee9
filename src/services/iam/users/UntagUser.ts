import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType, tagKeyListType } from '../wire/shapes.ts'
import { checkNotEmpty, removeTags } from '../wire/tags.ts'

/** Removes tags from a user. */
export const UntagUser = operation({
  name: 'UntagUser',
  effect: 'write',
  input: structure({ UserName: required(existingUserNameType), TagKeys: required(tagKeyListType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.TagKeys)
    const user = await getUser(store, scope.accountId, input.UserName)
    await store.users.update({ ...user, tags: removeTags(user.tags, input.TagKeys) })
  },
})
