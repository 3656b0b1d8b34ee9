import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { onInstanceProfile } from '../wire/resources.ts'
import { instanceProfileNameType } from '../wire/shapes.ts'
import { getInstanceProfile, instanceProfileType, renderInstanceProfile } from './instance-profiles.ts'

/** Retrieves information about an instance profile, including its path, ID, ARN and role. */
export const GetInstanceProfile = operation({
  name: 'GetInstanceProfile',
  effect: 'read',
  input: structure({ InstanceProfileName: required(instanceProfileNameType) }),
  output: structure({ InstanceProfile: required(instanceProfileType) }),
  touches: { profile: onInstanceProfile },
  async handle({ input, scope, store }) {
    const profile = await getInstanceProfile(store, scope.accountId, input.InstanceProfileName)
    return { InstanceProfile: await renderInstanceProfile(store, profile) }
  },
})
