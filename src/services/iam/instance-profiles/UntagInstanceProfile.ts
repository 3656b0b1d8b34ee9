import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onInstanceProfile } from '../wire/resources.ts'
import { instanceProfileNameType, tagKeyListType } from '../wire/shapes.ts'
import { checkNotEmpty, removeTags } from '../wire/tags.ts'
import { getInstanceProfile } from './instance-profiles.ts'

/** Removes tags from an instance profile. */
export const UntagInstanceProfile = operation({
  name: 'UntagInstanceProfile',
  effect: 'write',
  input: structure({
    InstanceProfileName: required(instanceProfileNameType),
    TagKeys: required(tagKeyListType),
  }),
  output: undefined,
  touches: { profile: onInstanceProfile },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.TagKeys)
    const profile = await getInstanceProfile(store, scope.accountId, input.InstanceProfileName)
    await store.instanceProfiles.update({
      ...profile,
      tags: removeTags(profile.tags, input.TagKeys, 'exact'),
    })
  },
})
