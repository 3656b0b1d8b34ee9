import {
  type Group,
  groupArn,
  type NamedPolicy,
  type Page,
  type PageRequest,
  type PolicyHolder,
  type Role,
  roleArn,
  type User,
  userArn,
} from '../../../domain/index.ts'
import { list, required, string, structure, timestamp } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { instanceProfileType, renderProfiles } from '../instance-profiles/instance-profiles.ts'
import type { IamTools } from '../operation.ts'
import {
  type AnyPolicy,
  listAwsPolicies,
  listOwnPolicies,
  renderAttached,
} from '../policies/managed-policies.ts'
import { countUses, renderPolicy, renderVersion } from '../policies/render-policy.ts'
import { quotas } from '../wire/quotas.ts'
import { renderBoundary, renderLastUsed, renderOwnTags } from '../wire/render.ts'
import {
  answeredPolicyType,
  attachedPoliciesType,
  policyType,
  policyVersionType,
  roleType,
  userType,
} from '../wire/shapes.ts'

/** The kinds of details about permissions in an account that a request can ask for. */
export const detailKinds = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const
type Kind = (typeof detailKinds)[number]

const inlineType = list(
  structure({ PolicyName: required(string()), PolicyDocument: required(answeredPolicyType) }),
)
const entity = {
  Path: required(string()),
  Arn: required(string()),
  CreateDate: required(timestamp()),
  AttachedManagedPolicies: required(attachedPoliciesType),
}

export const userDetailType = structure({
  ...entity,
  UserName: required(string()),
  UserId: required(string()),
  UserPolicyList: required(inlineType),
  GroupList: required(list(string())),
  PermissionsBoundary: userType.members.PermissionsBoundary,
  Tags: userType.members.Tags,
})
export const groupDetailType = structure({
  ...entity,
  GroupName: required(string()),
  GroupId: required(string()),
  GroupPolicyList: required(inlineType),
})
export const roleDetailType = structure({
  ...entity,
  RoleName: required(string()),
  RoleId: required(string()),
  AssumeRolePolicyDocument: required(answeredPolicyType),
  InstanceProfileList: required(list(instanceProfileType)),
  RolePolicyList: required(inlineType),
  PermissionsBoundary: roleType.members.PermissionsBoundary,
  Tags: roleType.members.Tags,
  RoleLastUsed: roleType.members.RoleLastUsed,
})
const { Tags: _tags, ...policyMembers } = policyType.members
export const policyDetailType = structure({
  ...policyMembers,
  PolicyVersionList: required(list(policyVersionType)),
})

/** An entity of an account, by its kind. */
export type Detail =
  | { readonly kind: 'User'; readonly name: string; readonly item: User }
  | { readonly kind: 'Group'; readonly name: string; readonly item: Group }
  | { readonly kind: 'Role'; readonly name: string; readonly item: Role }
  | {
      readonly kind: 'LocalManagedPolicy' | 'AWSManagedPolicy'
      readonly name: string
      readonly item: AnyPolicy
    }

/**
 * Lists the entities of some kinds, whose number the quotas limit. Of the policies of AWS, it lists only the ones in
 * use.
 */
export async function listDetails(
  store: Reader,
  accountId: string,
  kinds: ReadonlySet<Kind>,
): Promise<Detail[]> {
  const ifWanted = async <T>(kind: Kind, read: () => Promise<T[]>) => (kinds.has(kind) ? await read() : [])
  const users = await ifWanted('User', () => readAll(page => store.users.list(accountId, '/', page)))
  const groups = await ifWanted('Group', () => readAll(page => store.groups.list(accountId, '/', page)))
  const roles = await ifWanted('Role', () => readAll(page => store.roles.list(accountId, '/', page)))
  const own = await ifWanted('LocalManagedPolicy', () => listOwnPolicies(store, accountId))
  const ofAws = await ifWanted('AWSManagedPolicy', () => listUsedAwsPolicies(store, accountId))
  return [
    ...users.map(item => ({ kind: 'User' as const, name: item.userName, item })),
    ...groups.map(item => ({ kind: 'Group' as const, name: item.groupName, item })),
    ...roles.map(item => ({ kind: 'Role' as const, name: item.roleName, item })),
    ...own.map(item => ({ kind: 'LocalManagedPolicy' as const, name: item.name, item })),
    ...ofAws.map(item => ({ kind: 'AWSManagedPolicy' as const, name: item.name, item })),
  ]
}

async function readAll<T>(read: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let after: string | undefined
  do {
    const page = await read({ after, limit: 1000 })
    items.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return items
}

async function listUsedAwsPolicies(store: Reader, accountId: string): Promise<AnyPolicy[]> {
  const used: AnyPolicy[] = []
  for (const policy of listAwsPolicies()) {
    const { attachments, boundaries } = await countUses(store, accountId, policy)
    if (attachments + boundaries > 0) used.push(policy)
  }
  return used
}

/** The parts that details are read from. */
interface DetailSources extends Pick<IamTools, 'roleUses'> {
  readonly store: Reader
  readonly accountId: string
}

/** Renders the entities of a page, in a list for each kind. */
export async function renderDetails(
  { store, accountId, roleUses }: DetailSources,
  details: readonly Detail[],
) {
  const roles = details.flatMap(detail => (detail.kind === 'Role' ? [detail.item] : []))
  const policies = details.flatMap(detail =>
    detail.kind === 'LocalManagedPolicy' || detail.kind === 'AWSManagedPolicy' ? [detail.item] : [],
  )
  return {
    UserDetailList: details.flatMap(detail =>
      detail.kind === 'User' ? [renderUserDetail(detail.item)] : [],
    ),
    GroupDetailList: details.flatMap(detail =>
      detail.kind === 'Group' ? [renderGroupDetail(detail.item)] : [],
    ),
    RoleDetailList: await Promise.all(roles.map(role => renderRoleDetail(store, roleUses, role))),
    Policies: await Promise.all(policies.map(policy => renderPolicyDetail(store, accountId, policy))),
  }
}

const renderInline = (policies: readonly NamedPolicy[]) =>
  policies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: document }))

const renderEntity = ({
  path,
  createdAt,
  attachedPolicyArns,
}: PolicyHolder & Pick<User, 'path' | 'createdAt'>) => ({
  Path: path,
  CreateDate: createdAt,
  AttachedManagedPolicies: attachedPolicyArns.map(renderAttached),
})

const renderUserDetail = (user: User) => ({
  ...renderEntity(user),
  Arn: userArn(user.accountId, user.userName, user.path),
  UserName: user.userName,
  UserId: user.userId,
  UserPolicyList: renderInline(user.policies),
  GroupList: [...user.groupNames],
  ...renderBoundary(user.boundaryArn),
  ...renderOwnTags(user.tags),
})

const renderGroupDetail = (group: Group) => ({
  ...renderEntity(group),
  Arn: groupArn(group.accountId, group.groupName, group.path),
  GroupName: group.groupName,
  GroupId: group.groupId,
  GroupPolicyList: renderInline(group.policies),
})

async function renderRoleDetail(store: Reader, roleUses: IamTools['roleUses'], role: Role) {
  const page = { after: undefined, limit: quotas.InstanceProfilesPerAccount }
  const profiles = await store.instanceProfiles.listOfRole(role.accountId, role.roleName, page)
  return {
    ...renderEntity(role),
    Arn: roleArn(role.accountId, role.roleName, role.path),
    RoleName: role.roleName,
    RoleId: role.roleId,
    AssumeRolePolicyDocument: role.trustPolicy,
    InstanceProfileList: await renderProfiles(store, profiles),
    RolePolicyList: renderInline(role.policies),
    ...renderBoundary(role.boundaryArn),
    ...renderOwnTags(role.tags),
    RoleLastUsed: renderLastUsed(await roleUses.find(role.roleId, store)),
  }
}

async function renderPolicyDetail(store: Reader, accountId: string, policy: AnyPolicy) {
  const { Tags: _, ...rendered } = await renderPolicy(store, accountId, policy)
  const versions = [...policy.versions].reverse().map(version => ({
    Document: version.document,
    ...renderVersion(version, policy.defaultVersionId),
  }))
  return { ...rendered, PolicyVersionList: versions }
}
