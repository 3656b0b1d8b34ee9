import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getRole, noSuchEntity } from '../wire/entities.ts'
import { onInstanceProfile } from '../wire/resources.ts'
import { instanceProfileNameType, roleNameType } from '../wire/shapes.ts'
import { getInstanceProfile } from './instance-profiles.ts'

/** Removes a role from an instance profile. */
export const RemoveRoleFromInstanceProfile = operation({
  name: 'RemoveRoleFromInstanceProfile',
  effect: 'write',
  input: structure({
    InstanceProfileName: required(instanceProfileNameType),
    RoleName: required(roleNameType),
  }),
  output: undefined,
  touches: { profile: onInstanceProfile },
  async handle({ input, scope: { accountId }, store }) {
    const profile = await getInstanceProfile(store, accountId, input.InstanceProfileName)
    const { roleName } = await getRole(store, accountId, input.RoleName)
    if (profile.roleName !== roleName) {
      throw noSuchEntity(
        `Role ${roleName} in Instance Profile ${profile.instanceProfileName} cannot be found.`,
      )
    }
    await store.instanceProfiles.update({ ...profile, roleName: undefined })
  },
})
