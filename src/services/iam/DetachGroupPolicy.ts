import { operation } from '../../pipeline/index.ts'
import { required, structure } from '../../std/index.ts'
import { getGroup } from './entities.ts'
import { detachPolicy } from './managed-policies.ts'
import { onGroup } from './resources.ts'
import { arnType, groupNameType } from './shapes.ts'

export const DetachGroupPolicy = operation({
  name: 'DetachGroupPolicy',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), PolicyArn: required(arnType) }),
  output: undefined,
  findResources: onGroup,
  async handle({ input, scope, store }) {
    const group = await getGroup(store, scope.accountId, input.GroupName)
    const attachedPolicyArns = detachPolicy(group.attachedPolicyArns, input.PolicyArn)
    await store.updateGroup({ ...group, attachedPolicyArns })
  },
})
