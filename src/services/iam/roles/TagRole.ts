import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType, tagListType } from '../wire/shapes.ts'
import { addTags, checkNotEmpty } from '../wire/tags.ts'

/** Adds tags to a role; a tag with an existing key gets the new value. */
export const TagRole = operation({
  name: 'TagRole',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), Tags: required(tagListType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.Tags)
    const role = await getRole(store, scope.accountId, input.RoleName)
    await store.roles.update({ ...role, tags: addTags(role.tags, input.Tags) })
  },
})
