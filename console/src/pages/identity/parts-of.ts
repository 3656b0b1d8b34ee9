import { everyPage } from '../../wire/every-page.ts'
import { iamAccessKeys } from '../../wire/iam/access-keys.ts'
import { iamIdentities } from '../../wire/iam/identities.ts'
import type { IdentityKind } from '../../wire/iam/policies.ts'
import { readPoliciesOf, removePolicyOf } from './permissions/use-policies-of.ts'

/** A step on the way to delete an identity. */
interface Step {
  readonly text: string
  readonly remove: () => Promise<unknown>
}

/** Everything that belongs to an identity, and at last itself, in the order in which IAM takes them away. */
export async function partsOf(kind: IdentityKind, name: string): Promise<Step[]> {
  const own: Readonly<Record<IdentityKind, () => Promise<Step[]>>> = {
    User: async () => [...(await accessKeysOf(name)), ...(await groupsOf(name)), itself(kind, name)],
    Group: async () => [...(await membersOf(name)), itself(kind, name)],
    Role: async () => [...(await instanceProfilesOf(name)), itself(kind, name)],
  }
  return [...(await policiesHeld(kind, name)), ...(await own[kind]())]
}

function itself(kind: IdentityKind, name: string): Step {
  const remove: Readonly<Record<IdentityKind, () => Promise<unknown>>> = {
    User: () => iamIdentities.deleteUser({ UserName: name }),
    Group: () => iamIdentities.deleteGroup({ GroupName: name }),
    Role: () => iamIdentities.deleteRole({ RoleName: name }),
  }
  return { text: `${name} deleted`, remove: remove[kind] }
}

async function policiesHeld(kind: IdentityKind, name: string): Promise<Step[]> {
  return (await readPoliciesOf(kind, name)).map(policy => ({
    text: `Policy ${policy.name} ${policy.arn === undefined ? 'deleted' : 'detached'}`,
    remove: () => removePolicyOf(kind, name, policy),
  }))
}

async function accessKeysOf(UserName: string): Promise<Step[]> {
  const { AccessKeyMetadata = [] } = await iamAccessKeys.listAccessKeys({ UserName })
  return AccessKeyMetadata.map(({ AccessKeyId }) => ({
    text: `Access key ${AccessKeyId} deleted`,
    remove: () => iamAccessKeys.deleteAccessKey({ UserName, AccessKeyId }),
  }))
}

async function groupsOf(UserName: string): Promise<Step[]> {
  const { Groups = [] } = await iamIdentities.listGroupsForUser({ UserName })
  return Groups.map(({ GroupName }) => ({
    text: `Removed from ${GroupName}`,
    remove: () => iamIdentities.removeUserFromGroup({ UserName, GroupName }),
  }))
}

async function membersOf(GroupName: string): Promise<Step[]> {
  const members = await everyPage(async Marker => {
    const { Users = [], Marker: next } = await iamIdentities.getGroup({ GroupName, Marker })
    return { items: Users, next }
  })
  return members.map(({ UserName }) => ({
    text: `${UserName} removed`,
    remove: () => iamIdentities.removeUserFromGroup({ UserName, GroupName }),
  }))
}

async function instanceProfilesOf(RoleName: string): Promise<Step[]> {
  const { InstanceProfiles = [] } = await iamIdentities.listInstanceProfilesForRole({ RoleName })
  return InstanceProfiles.map(({ InstanceProfileName }) => ({
    text: `Removed from the instance profile ${InstanceProfileName}`,
    remove: () => iamIdentities.removeRoleFromInstanceProfile({ RoleName, InstanceProfileName }),
  }))
}
