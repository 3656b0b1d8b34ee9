import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { onRole } from '../wire/resources.ts'
import { roleNameType, tagKeyListType } from '../wire/shapes.ts'
import { checkNotEmpty, removeTags } from '../wire/tags.ts'

/** Removes tags from a role. */
export const UntagRole = operation({
  name: 'UntagRole',
  effect: 'write',
  input: structure({ RoleName: required(roleNameType), TagKeys: required(tagKeyListType) }),
  output: undefined,
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.TagKeys)
    const role = await getRole(store, scope.accountId, input.RoleName)
    await store.roles.update({ ...role, tags: removeTags(role.tags, input.TagKeys) })
  },
})
