import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getUser } from './entities.ts'
import { onUser } from './resources.ts'
import { existingUserNameType, tagListType } from './shapes.ts'
import { addTags, checkNotEmpty } from './tags.ts'

export const TagUser = operation({
  name: 'TagUser',
  effect: 'write',
  input: structure({ UserName: required(existingUserNameType), Tags: required(tagListType) }),
  output: undefined,
  findResources: onUser,
  async handle({ input, scope, store }) {
    checkNotEmpty(input.Tags)
    const user = await getUser(store, scope.accountId, input.UserName)
    await store.updateUser({ ...user, tags: addTags(user.tags, input.Tags) })
  },
})
