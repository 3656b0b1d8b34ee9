import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { checkNoPolicies, deleteConflict, getGroup } from '../wire/entities.ts'
import { onGroup } from '../wire/resources.ts'
import { groupNameType } from '../wire/shapes.ts'

/** Deletes a group, which must have no users and no policies. */
export const DeleteGroup = operation({
  name: 'DeleteGroup',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType) }),
  output: undefined,
  touches: { group: onGroup },
  async handle({ input, scope: { accountId }, store }) {
    const group = await getGroup(store, accountId, input.GroupName)
    const members = await store.groups.listMembers(accountId, group.groupName, { after: undefined, limit: 1 })
    if (members.items.length > 0) {
      throw deleteConflict('Cannot delete entity, must remove users from group first.')
    }
    checkNoPolicies(group)
    await store.groups.delete(group)
  },
})
