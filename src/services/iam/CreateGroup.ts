import { groupArn, newGroup } from '../../domain/index.ts'
import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { alreadyExists } from './entities.ts'
import { checkQuota } from './quotas.ts'
import { renderGroup } from './render.ts'
import { groupNameType, groupType, pathType } from './shapes.ts'
import { generateGroupId } from './unique-ids.ts'

const output = structure({ Group: required(groupType) })

export const CreateGroup = operation({
  name: 'CreateGroup',
  effect: 'write',
  input: structure({ Path: pathType, GroupName: required(groupNameType) }),
  output,
  findResources: ({ input, scope }) => [{ arn: groupArn(scope.accountId, input.GroupName, input.Path) }],
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId }, now, store }) {
    const { GroupName: groupName, Path: path = '/' } = input
    if ((await store.findGroup(accountId, groupName)) !== undefined) {
      throw alreadyExists(`Group with name ${groupName} already exists.`)
    }
    checkQuota('GroupsPerAccount', (await store.countGroups(accountId)) + 1)
    const group = newGroup({ accountId, groupName, groupId: generateGroupId(), path, createdAt: now })
    await store.insertGroup(group)
    return { Group: renderGroup(group) }
  },
})
