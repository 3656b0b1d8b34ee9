import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole } from '../wire/entities.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { onRole } from '../wire/resources.ts'
import { answeredTagsType, roleNameType } from '../wire/shapes.ts'
import { tagsPage } from '../wire/tags-page.ts'

/** Lists the tags of a role. */
export const ListRoleTags = operation({
  name: 'ListRoleTags',
  effect: 'read',
  input: structure({ RoleName: required(roleNameType), ...pageInput }),
  output: structure({ Tags: required(answeredTagsType), ...pageOutput }),
  touches: { role: onRole },
  async handle({ input, scope, store }) {
    const role = await getRole(store, scope.accountId, input.RoleName)
    return tagsPage(role.roleId, role.tags, input)
  },
})
