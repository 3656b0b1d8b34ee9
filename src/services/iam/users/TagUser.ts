import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getUser } from '../wire/entities.ts'
import { onUser } from '../wire/resources.ts'
import { existingUserNameType, tagListType } from '../wire/shapes.ts'
import { addTags, checkNotEmpty } from '../wire/tags.ts'

/** Adds tags to a user; a tag with an existing key gets the new value. */
export const TagUser = operation({
  name: 'TagUser',
  effect: 'write',
  input: structure({ UserName: required(existingUserNameType), Tags: required(tagListType) }),
  output: undefined,
  touches: { user: onUser },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.Tags)
    const user = await getUser(store, scope.accountId, input.UserName)
    await store.users.update({ ...user, tags: addTags(user.tags, input.Tags) })
  },
})
