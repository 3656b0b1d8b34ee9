import { required, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { getOwnRole } from '../wire/entities.ts'
import { limitExceeded, quotas } from '../wire/quotas.ts'
import { onInstanceProfile, onPassedRole } from '../wire/resources.ts'
import { instanceProfileNameType, roleNameType } from '../wire/shapes.ts'
import { getInstanceProfile } from './instance-profiles.ts'

/**
 * Adds a role to an instance profile, which can have only one. The caller also needs the permission to pass the role (IAM
 * API reference, "AddRoleToInstanceProfile").
 */
export const AddRoleToInstanceProfile = operation({
  name: 'AddRoleToInstanceProfile',
  effect: 'write',
  input: structure({
    InstanceProfileName: required(instanceProfileNameType),
    RoleName: required(roleNameType),
  }),
  output: undefined,
  touches: { profile: onInstanceProfile, role: onPassedRole },
  async handle({ input, scope: { accountId }, store }) {
    const profile = await getInstanceProfile(store, accountId, input.InstanceProfileName)
    const { roleName } = await getOwnRole(store, accountId, input.RoleName)
    // The same role a second time is refused with the same text (seen in AWS by users of its API).
    if (profile.roleName !== undefined) {
      const quota = quotas.InstanceSessionsPerInstanceProfile
      throw limitExceeded(`Cannot exceed quota for InstanceSessionsPerInstanceProfile: ${quota}`)
    }
    await store.instanceProfiles.update({ ...profile, roleName })
  },
})
