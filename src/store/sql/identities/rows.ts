import {
  type Group,
  globalDomain,
  groupArn,
  keyArn,
  type ManagedPolicy,
  type NamedPolicy,
  type PolicyHolder,
  type PolicyVersion,
  policyArn,
  type Role,
  roleArn,
  type Tag,
  type User,
  userArn,
} from '../../../domain/index.ts'
import { parseJson } from '../../../std/index.ts'
import type { AuthenticEntity, EntityRows } from '../authenticity/macs.ts'
import type { KeyColumns } from '../scope.ts'

/** The columns that all entities of IAM have. */
interface EntityRow {
  account_id: string
  /** The key by which an entity is found and sorted: its name in lower case. */
  name_key: string
  path: string
  created_at: number
}

interface HolderRow extends EntityRow {
  /** JSON: inline policies as pairs of name and document, by name. */
  policies: string
  /** JSON: the ARNs of attached policies. */
  attached: string
}

export interface UserRow extends HolderRow {
  user_name: string
  user_id: string
  boundary_arn: string | null
  /** JSON: pairs. */
  tags: string
}

export interface GroupRow extends HolderRow {
  group_name: string
  group_id: string
}

export interface RoleRow extends HolderRow {
  role_name: string
  role_id: string
  description: string
  trust_policy: string
  max_session_seconds: number
  boundary_arn: string | null
  /** JSON: pairs. */
  tags: string
  is_service_linked: number
}

export interface ManagedPolicyRow extends EntityRow {
  policy_name: string
  policy_id: string
  description: string
  updated_at: number
  default_version_id: string
  next_version: number
  /** JSON: lists of version id, document and date, the oldest first. */
  versions: string
  /** JSON: pairs. */
  tags: string
}

/** An attached policy from the row of a user, group or role, so that the entity is found by the policy. */
export interface AttachmentRow {
  account_id: string
  policy_arn: string
  /** The id of a user, group or role. */
  entity_id: string
}

/** When and where a role was last used. */
export interface RoleUsageRow {
  role_id: string
  last_used_at: number
  last_used_region: string
}

export interface MembershipRow {
  group_id: string
  user_id: string
}

/** A principal from the policy of a key, so that the policies which name it are found without reading all others. */
export interface KeyPrincipalRow extends KeyColumns {
  principal: string
}

/** A principal from the trust policy of a role. */
export interface TrustPrincipalRow {
  role_id: string
  principal: string
}

/** The key of an entity name: names of entities differ by more than case, and are found without regard to case. */
export const nameKey = (name: string) => name.toLowerCase()

type Pairs = readonly (readonly [string, string])[]

export const fromTags = (tags: readonly Tag[]) =>
  JSON.stringify(tags.map(({ tagKey, tagValue }) => [tagKey, tagValue]))
export const toTags = (json: string): Tag[] =>
  (parseJson(json) as Pairs).map(([tagKey, tagValue]) => ({ tagKey, tagValue }))

const fromPolicies = (policies: readonly NamedPolicy[]) =>
  JSON.stringify(
    policies.map(({ name, document }) => [name, document]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )

function toHolder(row: { policies: string; attached: string }): PolicyHolder {
  const policies = (parseJson(row.policies) as Pairs).map(([name, document]) => ({ name, document }))
  return { policies, attachedPolicyArns: parseJson(row.attached) as string[] }
}

function fromHolder({ policies, attachedPolicyArns }: PolicyHolder) {
  return { policies: fromPolicies(policies), attached: JSON.stringify(attachedPolicyArns) }
}

export function toUser(row: UserRow, groupNames: readonly string[]): User {
  return {
    accountId: row.account_id,
    userName: row.user_name,
    userId: row.user_id,
    path: row.path,
    createdAt: row.created_at,
    ...toHolder(row),
    boundaryArn: row.boundary_arn ?? undefined,
    tags: toTags(row.tags),
    groupNames,
  }
}

export function fromUser(user: User): UserRow {
  return {
    account_id: user.accountId,
    user_name: user.userName,
    name_key: nameKey(user.userName),
    user_id: user.userId,
    path: user.path,
    created_at: user.createdAt,
    ...fromHolder(user),
    boundary_arn: user.boundaryArn ?? null,
    tags: fromTags(user.tags),
  }
}

function toGroup(row: GroupRow): Group {
  return {
    accountId: row.account_id,
    groupName: row.group_name,
    groupId: row.group_id,
    path: row.path,
    createdAt: row.created_at,
    ...toHolder(row),
  }
}

export function fromGroup(group: Group): GroupRow {
  return {
    account_id: group.accountId,
    group_name: group.groupName,
    name_key: nameKey(group.groupName),
    group_id: group.groupId,
    path: group.path,
    created_at: group.createdAt,
    ...fromHolder(group),
  }
}

function toRole(row: RoleRow): Role {
  return {
    accountId: row.account_id,
    roleName: row.role_name,
    roleId: row.role_id,
    path: row.path,
    createdAt: row.created_at,
    description: row.description,
    trustPolicy: row.trust_policy,
    maxSessionSeconds: row.max_session_seconds,
    ...toHolder(row),
    boundaryArn: row.boundary_arn ?? undefined,
    tags: toTags(row.tags),
    isServiceLinked: row.is_service_linked === 1,
  }
}

export function fromRole(role: Role): RoleRow {
  return {
    account_id: role.accountId,
    role_name: role.roleName,
    name_key: nameKey(role.roleName),
    role_id: role.roleId,
    path: role.path,
    created_at: role.createdAt,
    description: role.description,
    trust_policy: role.trustPolicy,
    max_session_seconds: role.maxSessionSeconds,
    ...fromHolder(role),
    boundary_arn: role.boundaryArn ?? null,
    tags: fromTags(role.tags),
    is_service_linked: role.isServiceLinked ? 1 : 0,
  }
}

type VersionRow = readonly [versionId: string, document: string, createdAt: number]

const toVersion = ([versionId, document, createdAt]: VersionRow): PolicyVersion => ({
  versionId,
  document,
  createdAt,
})

function toManagedPolicy(row: ManagedPolicyRow): ManagedPolicy {
  return {
    accountId: row.account_id,
    policyName: row.policy_name,
    policyId: row.policy_id,
    path: row.path,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    description: row.description,
    defaultVersionId: row.default_version_id,
    nextVersion: row.next_version,
    versions: (parseJson(row.versions) as VersionRow[]).map(toVersion),
    tags: toTags(row.tags),
  }
}

export function fromManagedPolicy(policy: ManagedPolicy): ManagedPolicyRow {
  return {
    account_id: policy.accountId,
    policy_name: policy.policyName,
    name_key: nameKey(policy.policyName),
    policy_id: policy.policyId,
    path: policy.path,
    created_at: policy.createdAt,
    updated_at: policy.updatedAt,
    description: policy.description,
    default_version_id: policy.defaultVersionId,
    next_version: policy.nextVersion,
    versions: JSON.stringify(
      policy.versions.map(({ versionId, document, createdAt }) => [versionId, document, createdAt]),
    ),
    tags: fromTags(policy.tags),
  }
}

/** Describes the rows of a table whose entities are found by name: the MAC covers the key by which they are found. */
export function namedRows<Row extends EntityRow, Entity>(
  kind: string,
  toEntity: (row: Row) => Entity,
  nameOf: (row: Row) => string,
): EntityRows<Row, Entity> {
  return {
    toEntity,
    toAuthentic: row => ({
      kind,
      domain: globalDomain,
      name: nameOf(row),
      content: () => ({ ...toEntity(row), nameKey: row.name_key }),
    }),
  }
}

export const groupRows = namedRows('group', toGroup, row =>
  groupArn(row.account_id, row.group_name, row.path),
)
export const roleRows = namedRows('role', toRole, row => roleArn(row.account_id, row.role_name, row.path))
export const managedPolicyRows = namedRows('managed policy', toManagedPolicy, row =>
  policyArn(row.account_id, row.policy_name, row.path),
)

/**
 * A user with its memberships is one entity. The content has the ids of the groups, so that a group can get a new name.
 */
export function userEntity(row: UserRow, groupIds: readonly string[]): AuthenticEntity {
  return {
    kind: 'user',
    domain: globalDomain,
    name: userArn(row.account_id, row.user_name, row.path),
    content: () => ({ ...toUser(row, []), nameKey: row.name_key, groupIds }),
  }
}

/** A deletion of a principal finds policies by these rows, so a row that was removed must show. */
export const keyPrincipalRows: EntityRows<KeyPrincipalRow, string> = {
  toEntity: row => row.principal,
  toAuthentic: ({ account_id: accountId, region, key_id: keyId, principal }) => ({
    kind: 'principal of a key policy',
    domain: region,
    name: `${principal} for KMS key ${keyArn({ accountId, region }, keyId)}`,
    content: () => ({ accountId, region, keyId, principal }),
  }),
}

export const trustPrincipalRows: EntityRows<TrustPrincipalRow, string> = {
  toEntity: row => row.principal,
  toAuthentic: ({ role_id: roleId, principal }) => ({
    kind: 'principal of a trust policy',
    domain: globalDomain,
    name: `${principal} for role ${roleId}`,
    content: () => ({ roleId, principal }),
  }),
}
