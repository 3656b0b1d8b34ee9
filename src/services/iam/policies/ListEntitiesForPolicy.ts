import { enumeration, list, required, string, structure } from '../../../std/index.ts'
import type { PolicyEntities } from '../../../store/index.ts'
import { operation } from '../operation.ts'
import { cutPage, pageInput, pageOutput, pageRequest, renderPage } from '../wire/paging.ts'
import { onPolicy } from '../wire/resources.ts'
import { arnType, pathType, policyUsageType } from '../wire/shapes.ts'
import { getPolicy } from './managed-policies.ts'

/**
 * Lists the users, groups and roles that a managed policy is attached to, or for which it is the permissions boundary.
 */
export const ListEntitiesForPolicy = operation({
  name: 'ListEntitiesForPolicy',
  effect: 'read',
  input: structure({
    PolicyArn: required(arnType),
    EntityFilter: enumeration(['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy']),
    PathPrefix: pathType,
    PolicyUsageFilter: policyUsageType,
    ...pageInput,
  }),
  output: structure({
    PolicyGroups: required(list(structure({ GroupName: required(string()), GroupId: required(string()) }))),
    PolicyUsers: required(list(structure({ UserName: required(string()), UserId: required(string()) }))),
    PolicyRoles: required(list(structure({ RoleName: required(string()), RoleId: required(string()) }))),
    ...pageOutput,
  }),
  touches: { policy: onPolicy },
  async handle({ input, scope: { accountId }, store }) {
    const { PathPrefix: prefix = '/', PolicyUsageFilter: usage, EntityFilter: kind } = input
    const { arn } = await getPolicy(store, accountId, input.PolicyArn)
    const entities = entitiesOfPolicy(await store.policies.listEntities(accountId, arn), usage).filter(
      entity => entity.path.startsWith(prefix) && (kind === undefined || entity.kind === kind),
    )
    const listing = ['ListEntitiesForPolicy', accountId, arn, prefix, usage, kind]
    const page = cutPage(entities, pageRequest(listing, input), entity => `${entity.kind} ${entity.name}`)
    const of = (wanted: Kind) => page.items.filter(entity => entity.kind === wanted)
    return {
      PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...renderPage(listing, page),
    }
  },
})

type Kind = 'Group' | 'User' | 'Role'

interface Entity {
  readonly kind: Kind
  readonly name: string
  readonly id: string
  readonly path: string
}

/** Returns the entities that have a policy for their permissions, as their boundary, or both; each entity once. */
function entitiesOfPolicy(
  { users, groups, roles, boundaries }: PolicyEntities,
  usage: 'PermissionsPolicy' | 'PermissionsBoundary' | undefined,
): Entity[] {
  const byId = new Map<string, Entity>()
  if (usage !== 'PermissionsBoundary') {
    for (const user of users) byId.set(user.id, { ...user, kind: 'User' })
    for (const group of groups) byId.set(group.id, { ...group, kind: 'Group' })
    for (const role of roles) byId.set(role.id, { ...role, kind: 'Role' })
  }
  if (usage !== 'PermissionsPolicy') {
    for (const entity of boundaries) byId.set(entity.id, { ...entity, kind: entity.entityType })
  }
  return [...byId.values()]
}
