import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, tagKeyListType } from '../wire/shapes.ts'
import { checkNotEmpty, removeTags } from '../wire/tags.ts'
import { getOwnPolicy } from './managed-policies.ts'

/** Removes tags from a managed policy. */
export const UntagPolicy = operation({
  name: 'UntagPolicy',
  effect: 'write',
  input: structure({ PolicyArn: required(arnType), TagKeys: required(tagKeyListType) }),
  output: undefined,
  touches: { policy: onPolicy },
  async handle({ input, caller, store }) {
    const policy = await getOwnPolicy(store, caller, input.PolicyArn, 'UntagPolicy')
    checkNotEmpty(input.TagKeys)
    await store.policies.update({ ...policy, tags: removeTags(policy.tags, input.TagKeys, 'exact') })
  },
})
