import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { inInstanceProfile } from '../wire/entities.ts'
import { onInstanceProfile } from '../wire/resources.ts'
import { instanceProfileNameType } from '../wire/shapes.ts'
import { getInstanceProfile } from './instance-profiles.ts'

/** Deletes an instance profile, which must have no role. */
export const DeleteInstanceProfile = operation({
  name: 'DeleteInstanceProfile',
  effect: 'write',
  input: structure({ InstanceProfileName: required(instanceProfileNameType) }),
  output: undefined,
  touches: { profile: onInstanceProfile },
  async handle({ input, scope, store }) {
    const profile = await getInstanceProfile(store, scope.accountId, input.InstanceProfileName)
    if (profile.roleName !== undefined) throw inInstanceProfile()
    await store.instanceProfiles.delete(profile)
  },
})
