import { groupArn } from '../../../domain/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { alreadyExists, getGroup } from '../wire/entities.ts'
import { groupNameType, pathType } from '../wire/shapes.ts'

/**
 * Updates the name or the path of a group. The caller needs permission on both the old and the new ARN (IAM API
 * reference, "UpdateGroup").
 */
export const UpdateGroup = operation({
  name: 'UpdateGroup',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), NewPath: pathType, NewGroupName: groupNameType }),
  output: undefined,
  touches: {
    group: async ({ input, scope: { accountId }, store }) => {
      const group = await store.groups.find(accountId, input.GroupName)
      const { groupName = input.GroupName, path } = group ?? {}
      return [
        { arn: groupArn(accountId, groupName, path) },
        { arn: groupArn(accountId, input.NewGroupName ?? groupName, input.NewPath ?? path) },
      ]
    },
  },
  async handle({ input, scope: { accountId }, store }) {
    const group = await getGroup(store, accountId, input.GroupName)
    const { NewGroupName: groupName = group.groupName, NewPath: path = group.path } = input
    const namesake = await store.groups.find(accountId, groupName)
    // A name in other case is taken, even by the group itself (recorded from AWS). The same name is what Terraform sends
    // with a new path.
    if (namesake !== undefined && groupName !== group.groupName) {
      throw alreadyExists(`Group with name ${groupName} already exists.`)
    }
    await store.groups.update({ ...group, groupName, path })
  },
})
