import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getGroup, getUser, noSuchEntity } from '../wire/entities.ts'
import { onGroup } from '../wire/resources.ts'
import { existingUserNameType, groupNameType } from '../wire/shapes.ts'

/** Removes a user from a group. */
export const RemoveUserFromGroup = operation({
  name: 'RemoveUserFromGroup',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), UserName: required(existingUserNameType) }),
  output: undefined,
  touches: { group: onGroup },
  async handle({ input, scope: { accountId }, store }) {
    const { groupName } = await getGroup(store, accountId, input.GroupName)
    const user = await getUser(store, accountId, input.UserName)
    if (!user.groupNames.includes(groupName)) {
      throw noSuchEntity(`User ${user.userName} is not in group ${groupName}.`)
    }
    await store.users.update({ ...user, groupNames: user.groupNames.filter(name => name !== groupName) })
  },
})
