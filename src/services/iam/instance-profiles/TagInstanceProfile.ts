import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onInstanceProfile } from '../wire/resources.ts'
import { instanceProfileNameType, tagListType } from '../wire/shapes.ts'
import { addTags, checkNotEmpty } from '../wire/tags.ts'
import { getInstanceProfile } from './instance-profiles.ts'

/** Adds tags to an instance profile; a tag with an existing key gets the new value. */
export const TagInstanceProfile = operation({
  name: 'TagInstanceProfile',
  effect: 'write',
  input: structure({ InstanceProfileName: required(instanceProfileNameType), Tags: required(tagListType) }),
  output: undefined,
  touches: { profile: onInstanceProfile },
  async handle({ input, scope, store }) {
    checkNotEmpty(input.Tags)
    const profile = await getInstanceProfile(store, scope.accountId, input.InstanceProfileName)
    await store.instanceProfiles.update({ ...profile, tags: addTags(profile.tags, input.Tags, 'exact') })
  },
})
