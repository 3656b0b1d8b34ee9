import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { pageInput, pageOutput } from '../wire/paging.ts'
import { onInstanceProfile } from '../wire/resources.ts'
import { answeredTagsType, instanceProfileNameType } from '../wire/shapes.ts'
import { tagsPage } from '../wire/tags-page.ts'
import { getInstanceProfile } from './instance-profiles.ts'

/** Lists the tags of an instance profile. */
export const ListInstanceProfileTags = operation({
  name: 'ListInstanceProfileTags',
  effect: 'read',
  input: structure({ InstanceProfileName: required(instanceProfileNameType), ...pageInput }),
  output: structure({ Tags: required(answeredTagsType), ...pageOutput }),
  touches: { profile: onInstanceProfile },
  async handle({ input, scope, store }) {
    const profile = await getInstanceProfile(store, scope.accountId, input.InstanceProfileName)
    return tagsPage(profile.instanceProfileId, profile.tags, input)
  },
})
