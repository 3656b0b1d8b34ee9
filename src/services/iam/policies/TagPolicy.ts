import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, tagListType } from '../wire/shapes.ts'
import { addTags, checkNotEmpty } from '../wire/tags.ts'
import { getOwnPolicy } from './managed-policies.ts'

/** Adds tags to a managed policy; a tag with an existing key gets the new value. */
export const TagPolicy = operation({
  name: 'TagPolicy',
  effect: 'write',
  input: structure({ PolicyArn: required(arnType), Tags: required(tagListType) }),
  output: undefined,
  touches: { policy: onPolicy },
  async handle({ input, caller, store }) {
    const policy = await getOwnPolicy(store, caller, input.PolicyArn, 'TagPolicy')
    checkNotEmpty(input.Tags)
    await store.policies.update({ ...policy, tags: addTags(policy.tags, input.Tags, 'exact') })
  },
})
