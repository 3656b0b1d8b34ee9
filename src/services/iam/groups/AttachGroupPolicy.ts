import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { attachPolicy } from '../policies/managed-policies.ts'
import { getGroup } from '../wire/entities.ts'
import { onGroup } from '../wire/resources.ts'
import { arnType, groupNameType } from '../wire/shapes.ts'

/** Attaches a managed policy to a group. */
export const AttachGroupPolicy = operation({
  name: 'AttachGroupPolicy',
  effect: 'write',
  input: structure({ GroupName: required(groupNameType), PolicyArn: required(arnType) }),
  output: undefined,
  touches: { group: onGroup },
  async handle({ input, scope: { accountId }, store }) {
    const group = await getGroup(store, accountId, input.GroupName)
    const attached = group.attachedPolicyArns
    const attachedPolicyArns = await attachPolicy(store, accountId, attached, input.PolicyArn, 'Group')
    await store.groups.update({ ...group, attachedPolicyArns })
  },
})
