import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getGroup } from './entities.ts'
import { attachPolicy } from './managed-policies.ts'
import { onGroup } from './resources.ts'
import { arnType, groupNameType } from './shapes.ts'

export const AttachGroupPolicy = operation({
  name: 'AttachGroupPolicy',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), PolicyArn: required(arnType) }),
  output: undefined,
  findResources: onGroup,
  async handle({ input, scope: { accountId }, store }) {
    const group = await getGroup(store, accountId, input.GroupName)
    const attached = group.attachedPolicyArns
    const attachedPolicyArns = await attachPolicy(store, accountId, attached, input.PolicyArn, 'Group')
    await store.updateGroup({ ...group, attachedPolicyArns })
  },
})
