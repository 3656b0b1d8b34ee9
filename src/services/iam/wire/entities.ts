import { type Group, type NamedPolicy, type Role, ServiceError, type User } from '../../../domain/index.ts'
import type { Caller } from '../../../operation/index.ts'
import type { Reader } from '../../../store/index.ts'

/** Returns the error for an entity that does not exist. */
export const noSuchEntity = (text: string) => new ServiceError('NoSuchEntityException', text)
/** Returns the error for a name that is already used. */
export const alreadyExists = (text: string) => new ServiceError('EntityAlreadyExistsException', text)
/** Returns the error for an entity that cannot be deleted yet. */
export const deleteConflict = (text: string) => new ServiceError('DeleteConflictException', text)

/** Returns the error for a role that is in an instance profile, or for an instance profile that has a role. */
export const inInstanceProfile = () =>
  deleteConflict('Cannot delete entity, must remove roles from instance profile first.')

/** Gets a user by its name. Throws NoSuchEntityException. */
export async function getUser(store: Reader, accountId: string, userName: string): Promise<User> {
  const user = await store.users.find(accountId, userName)
  if (user === undefined) throw noSuchEntity(`The user with name ${userName} cannot be found.`)
  return user
}

/** Gets a group by its name. Throws NoSuchEntityException. */
export async function getGroup(store: Reader, accountId: string, groupName: string): Promise<Group> {
  const group = await store.groups.find(accountId, groupName)
  if (group === undefined) throw noSuchEntity(`The group with name ${groupName} cannot be found.`)
  return group
}

/** Gets a role by its name. Throws NoSuchEntityException. */
export async function getRole(store: Reader, accountId: string, roleName: string): Promise<Role> {
  const role = await store.roles.find(accountId, roleName)
  if (role === undefined) throw noSuchEntity(`The role with name ${roleName} cannot be found.`)
  return role
}

/** Gets a role that its account may change. Throws NoSuchEntityException or UnmodifiableEntityException. */
export async function getOwnRole(store: Reader, accountId: string, roleName: string): Promise<Role> {
  const role = await getRole(store, accountId, roleName)
  if (!role.isServiceLinked) return role
  throw new ServiceError(
    'UnmodifiableEntityException',
    `Cannot perform the operation on the protected role '${role.roleName}' - this role is only modifiable by AWS`,
  )
}

/**
 * Returns the user that a request is about: the user that it names, or the caller (IAM API reference,
 * "CreateAccessKey"). Returns undefined for the root user. Throws ValidationException if the caller is not a user.
 */
export function userNameOf(
  input: { readonly UserName?: string | undefined },
  { identity: { principal } }: Caller,
): string | undefined {
  if (input.UserName !== undefined) return input.UserName
  if (principal.type === 'Root') return undefined
  if (principal.type === 'IAMUser') return principal.userName
  throw new ServiceError(
    'ValidationException',
    'Must specify userName when calling with non-User credentials',
  )
}

/** Checks that an entity has no policies, so that it can be deleted. Throws DeleteConflictException. */
export function checkNoPolicies(holder: {
  readonly policies: readonly NamedPolicy[]
  readonly attachedPolicyArns: readonly string[]
}): void {
  if (holder.attachedPolicyArns.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.')
  }
  if (holder.policies.length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.')
  }
}
