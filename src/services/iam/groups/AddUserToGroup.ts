import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getGroup, getUser } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'
import { onGroup } from '../wire/resources.ts'
import { existingUserNameType, groupNameType } from '../wire/shapes.ts'

/** Adds a user to a group; does nothing if the user is already in the group. */
export const AddUserToGroup = operation({
  name: 'AddUserToGroup',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), UserName: required(existingUserNameType) }),
  output: undefined,
  touches: { group: onGroup },
  async handle({ input, scope: { accountId }, store }) {
    const { groupName } = await getGroup(store, accountId, input.GroupName)
    const user = await getUser(store, accountId, input.UserName)
    if (user.groupNames.includes(groupName)) return
    const groupNames = [...user.groupNames, groupName]
    checkQuota('GroupsPerUser', groupNames.length)
    await store.users.update({ ...user, groupNames })
  },
})
