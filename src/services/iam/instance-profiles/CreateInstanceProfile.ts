import { type InstanceProfile, instanceProfileArn } from '../../../domain/index.ts'
import { generateInstanceProfileId } from '../../../identity/index.ts'
import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { alreadyExists } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderOwnTags } from '../wire/render.ts'
import { onNew } from '../wire/resources.ts'
import { instanceProfileNameType, pathType, tagListType } from '../wire/shapes.ts'
import { addTags } from '../wire/tags.ts'
import { instanceProfileType, renderListedProfile } from './instance-profiles.ts'

const output = structure({ InstanceProfile: required(instanceProfileType) })

/** Creates a new instance profile. */
export const CreateInstanceProfile = operation({
  name: 'CreateInstanceProfile',
  effect: 'write',
  input: structure({
    InstanceProfileName: required(instanceProfileNameType),
    Path: pathType,
    Tags: tagListType,
  }),
  output,
  touches: {
    profile: ({ input, scope }) => {
      const arn = instanceProfileArn(scope.accountId, input.InstanceProfileName, input.Path)
      return onNew({ arn }, 'iam:TagInstanceProfile', input)
    },
  },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId }, now, store }) {
    const { InstanceProfileName: instanceProfileName, Path: path = '/' } = input
    if ((await store.instanceProfiles.find(accountId, instanceProfileName)) !== undefined) {
      throw alreadyExists(`Instance Profile ${instanceProfileName} already exists.`)
    }
    checkQuota('InstanceProfilesPerAccount', (await store.instanceProfiles.count(accountId)) + 1)
    const profile: InstanceProfile = {
      accountId,
      instanceProfileName,
      instanceProfileId: generateInstanceProfileId(),
      path,
      createdAt: now,
      roleName: undefined,
      tags: addTags([], input.Tags, 'exact'),
    }
    await store.instanceProfiles.insert(profile)
    return {
      InstanceProfile: { ...(await renderListedProfile(store, profile)), ...renderOwnTags(profile.tags) },
    }
  },
})
