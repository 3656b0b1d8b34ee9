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
import { type AnyPolicy, listAwsPolicies, renderAttached, viewPolicy } from '../policies/managed-policies.ts'
import { countUses, renderPolicy, renderVersion } from '../policies/render-policy.ts'
import { policiesLengthMax } from '../wire/paging.ts'
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
 * Returns a page of the entities of some kinds; of the policies of AWS, only the ones in use. A page ends early when its
 * policies are long.
 */
export async function pageOfDetails(
  store: Reader,
  accountId: string,
  kinds: ReadonlySet<Kind>,
  { after, limit }: PageRequest,
): Promise<Page<Detail>> {
  const [startKind = '', startName] = after === undefined ? [] : splitPlace(after)
  const items: Detail[] = []
  let length = 0
  let last: string | undefined
  for (const kind of kindsInOrder) {
    if (!kinds.has(kind) || kind < startKind) continue
    const from = kind === startKind ? startName : undefined
    for await (const { detail, place } of detailsOf[kind](store, accountId, from)) {
      // The first item that does not fit proves that there are more.
      if (items.length >= limit || length > policiesLengthMax) return { items, next: last }
      items.push(detail)
      length += lengthOf(detail)
      last = `${kind} ${place}`
    }
  }
  return { items, next: undefined }
}

const kindsInOrder = [...detailKinds].sort()

const splitPlace = (place: string) => {
  const space = place.indexOf(' ')
  return [place.slice(0, space), place.slice(space + 1)] as const
}

/** A detail, and the place after which the next one of its kind is found. */
interface Placed {
  readonly detail: Detail
  readonly place: string
}

type ReadDetails = (store: Reader, accountId: string, after: string | undefined) => AsyncGenerator<Placed>

/** Reads the details of each kind by name, one at a time: an entity may have long policies. */
const detailsOf: Readonly<Record<Kind, ReadDetails>> = {
  User: (store, accountId, after) =>
    eachOf(
      page => store.users.list(accountId, '/', page),
      after,
      item => ({ kind: 'User', name: item.userName, item }),
    ),
  Group: (store, accountId, after) =>
    eachOf(
      page => store.groups.list(accountId, '/', page),
      after,
      item => ({ kind: 'Group', name: item.groupName, item }),
    ),
  Role: (store, accountId, after) =>
    eachOf(
      page => store.roles.list(accountId, '/', page),
      after,
      item => ({ kind: 'Role', name: item.roleName, item }),
    ),
  LocalManagedPolicy: (store, accountId, after) =>
    eachOf(
      page => store.policies.list(accountId, '/', page),
      after,
      policy => ({ kind: 'LocalManagedPolicy', name: policy.policyName, item: viewPolicy(policy) }),
    ),
  AWSManagedPolicy: usedAwsPolicies,
}

async function* eachOf<T>(
  read: (page: PageRequest) => Promise<Page<T>>,
  start: string | undefined,
  toDetail: (item: T) => Detail,
): AsyncGenerator<Placed> {
  let after = start
  for (;;) {
    const { items, next } = await read({ after, limit: 1 })
    // A page leaves out an entity that does not verify, so it can be empty before the end.
    for (const item of items) yield { detail: toDetail(item), place: next ?? lastPlace }
    if (next === undefined) return
    after = next
  }
}

/** A place after all names, none of which contains this character. */
const lastPlace = '~'

async function* usedAwsPolicies(
  store: Reader,
  accountId: string,
  after: string | undefined,
): AsyncGenerator<Placed> {
  const policies = listAwsPolicies().sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const policy of policies) {
    if (after !== undefined && policy.name <= after) continue
    const { attachments, boundaries } = await countUses(store, accountId, policy)
    if (attachments + boundaries === 0) continue
    yield { detail: { kind: 'AWSManagedPolicy', name: policy.name, item: policy }, place: policy.name }
  }
}

/** Counts the characters of the policies in a detail. */
function lengthOf(detail: Detail): number {
  return documentsOf(detail).reduce((sum, { document }) => sum + document.length, 0)
}

function documentsOf(detail: Detail): readonly { readonly document: string }[] {
  switch (detail.kind) {
    case 'LocalManagedPolicy':
    case 'AWSManagedPolicy':
      return detail.item.versions
    case 'Role':
      return [...detail.item.policies, { document: detail.item.trustPolicy }]
    default:
      return detail.item.policies
  }
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
