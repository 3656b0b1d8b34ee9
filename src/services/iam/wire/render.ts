import {
  type AccessKey,
  type Group,
  groupArn,
  type Role,
  type RoleLastUsed,
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

function renderRoleCore(role: Role) {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: roleArn(role.accountId, role.roleName, role.path),
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: role.trustPolicy,
  }
}

const renderDescription = ({ description }: Role) => (description === '' ? {} : { Description: description })

/** Renders a role as part of an instance profile, without its longest session (recorded from AWS). */
export function renderProfileRole(role: Role) {
  return { ...renderRoleCore(role), ...renderDescription(role) }
}

/** Renders a role as listings do; calls about one role return more (IAM API reference, "ListRoles"). */
export function renderListedRole(role: Role) {
  return {
    ...renderRoleCore(role),
    ...renderDescription(role),
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

/** Renders a role as GetRole does, with its permissions boundary, its tags and its last use. */
export function renderRole(role: Role, lastUsed: RoleLastUsed | undefined) {
  return {
    ...renderListedRole(role),
    ...renderBoundary(role.boundaryArn),
    ...renderOwnTags(role.tags),
    RoleLastUsed: renderLastUsed(lastUsed),
  }
}

/** Renders a new role: AWS returns neither its description nor its longest session (recorded from AWS). */
export function renderNewRole(role: Role) {
  return { ...renderRoleCore(role), ...renderBoundary(role.boundaryArn), ...renderOwnTags(role.tags) }
}

/** Renders a role as UpdateRoleDescription does: without its longest session (recorded from AWS). */
export function renderDescribedRole(role: Role) {
  return { ...renderNewRole(role), ...renderDescription(role) }
}

/** Renders the last use of a role; a role that was never used has an empty element (recorded from AWS). */
export function renderLastUsed(lastUsed: RoleLastUsed | undefined) {
  return lastUsed === undefined ? {} : { LastUsedDate: lastUsed.at, Region: lastUsed.region }
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
      // The model says PermissionsBoundaryPolicy; AWS answers this (recorded from AWS).
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: boundaryArn,
    },
  }
}

/** Renders the tags of an entity; an entity without tags has no such element. */
export function renderOwnTags(tags: readonly Tag[]) {
  return tags.length === 0 ? {} : { Tags: renderTags(tags) }
}
