import {
  type AccessKey,
  type Group,
  groupArn,
  type Role,
  roleArn,
  type Tag,
  type User,
  userArn,
} from '../../../domain/index.ts'
import { renderTags } from './tags.ts'

/** Renders a user as listings do; calls about one user return more (IAM API reference, "ListUsers"). */
export function renderListedUser(user: User) {
  return {
    Path: user.path,
    UserName: user.userName,
    UserId: user.userId,
    Arn: userArn(user.accountId, user.userName, user.path),
    CreateDate: user.createdAt,
  }
}

/** Renders a user as calls about one user do, with its permissions boundary and tags. */
export function renderUser(user: User) {
  return { ...renderListedUser(user), ...renderBoundary(user.boundaryArn), ...renderOwnTags(user.tags) }
}

/** Renders a group. */
export function renderGroup(group: Group) {
  return {
    Path: group.path,
    GroupName: group.groupName,
    GroupId: group.groupId,
    Arn: groupArn(group.accountId, group.groupName, group.path),
    CreateDate: group.createdAt,
  }
}

/** Renders a role as listings do; calls about one role return more (IAM API reference, "ListRoles"). */
export function renderListedRole(role: Role) {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: roleArn(role.accountId, role.roleName, role.path),
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: role.trustPolicy,
    ...(role.description === '' ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

/** Renders a role as calls about one role do, with its permissions boundary and tags. */
export function renderRole(role: Role) {
  return { ...renderListedRole(role), ...renderBoundary(role.boundaryArn), ...renderOwnTags(role.tags) }
}

/** Renders an access key without its secret; a key of the root user has no user name. */
export function renderAccessKey({ userName, accessKeyId, isActive, createdAt }: AccessKey) {
  return {
    ...(userName === undefined ? {} : { UserName: userName }),
    AccessKeyId: accessKeyId,
    Status: isActive ? ('Active' as const) : ('Inactive' as const),
    CreateDate: createdAt,
  }
}

/** Renders the permissions boundary of an entity; an entity without one has no such element. */
export function renderBoundary(boundaryArn: string | undefined) {
  if (boundaryArn === undefined) return {}
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
      PermissionsBoundaryArn: boundaryArn,
    },
  }
}

/** Renders the tags of an entity; an entity without tags has no such element. */
export function renderOwnTags(tags: readonly Tag[]) {
  return tags.length === 0 ? {} : { Tags: renderTags(tags) }
}
