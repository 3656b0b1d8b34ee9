import { groupArn, newGroup } from '../../../domain/index.ts'
import { generateGroupId } from '../../../identity/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { alreadyExists } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderGroup } from '../wire/render.ts'
import { groupNameType, groupType, pathType } from '../wire/shapes.ts'

const output = structure({ Group: required(groupType) })

/** Creates a group. */
export const CreateGroup = operation({
  name: 'CreateGroup',
  effect: 'write',
  input: structure({ Path: pathType, GroupName: required(groupNameType) }),
  output,
  touches: {
    group: ({ input, scope }) => [{ arn: groupArn(scope.accountId, input.GroupName, input.Path) }],
  },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId }, now, store }) {
    const { GroupName: groupName, Path: path = '/' } = input
    if ((await store.groups.find(accountId, groupName)) !== undefined) {
      throw alreadyExists(`Group with name ${groupName} already exists.`)
    }
    checkQuota('GroupsPerAccount', (await store.groups.count(accountId)) + 1)
    const group = newGroup({ accountId, groupName, groupId: generateGroupId(), path, createdAt: now })
    await store.groups.insert(group)
    return { Group: renderGroup(group) }
  },
})
