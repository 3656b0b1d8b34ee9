import { compilePolicy } from '../../access/index.ts'
import { isAccountId } from '../../domain/index.ts'
import type {
  Organization,
  OrganizationMember,
  OrganizationPlace,
  OrganizationPolicy,
} from '../../operation/index.ts'
import { explained, Located, needed, readDocument, readNamedFile } from '../../std/index.ts'

/** An organization without accounts: no policy is above any account. */
export const noOrganization: Organization = { ofAccount: () => undefined }

type Levels = readonly (readonly OrganizationPolicy[])[]

/** The policies and the place that an account inherits from its groups, the outermost group first. */
interface Inherited {
  readonly serviceControl: Levels
  readonly resourceControl: Levels
  readonly place: OrganizationPlace | undefined
}

const policyMembers = ['serviceControlPolicies', 'resourceControlPolicies'] as const
type PolicyMembers = Partial<Record<(typeof policyMembers)[number], Located>>

/** The formats of ids (AWS Organizations API reference). */
const idPatterns = {
  organizationId: /^o-[a-z0-9]{10,32}$/,
  rootId: /^r-[0-9a-z]{4,32}$/,
  id: /^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/,
}

/** The depth to which organizational units nest in AWS (AWS Organizations user guide, "Quotas"), plus the root. */
const nestingMax = 6

/**
 * Reads the policies of the organization from a file, which docs/organization-policies.md describes. Throws
 * OperatorError with the line of the fault.
 */
export function readOrganizationPolicies(path: string): Organization {
  const root = Located.parse(readNamedFile(path, 'organization policies'), path)
  const { managementAccount, organizationId, rootId, accounts, groups, ...policies } = root.members([
    'managementAccount',
    'organizationId',
    'rootId',
    'accounts',
    'groups',
    ...policyMembers,
  ])
  const members = new Map<string, OrganizationMember>()
  const place = readPlace(root, { organizationId, rootId })
  const inherited = extend({ serviceControl: [], resourceControl: [], place }, policies)
  readMembers(members, { accounts, groups }, inherited, 1)
  if (managementAccount !== undefined) {
    // The policies of an organization do not apply to its management account.
    const accountId = readAccountId(managementAccount)
    const free = { serviceControlPolicies: undefined, resourceControlPolicies: undefined }
    members.set(accountId, { place, ...members.get(accountId), ...free })
  }
  return { ofAccount: accountId => members.get(accountId) }
}

/** Ids are optional, but if the organization or its root has one, both and all groups must have one. */
function readPlace(
  root: Located,
  { organizationId: idAt, rootId }: { organizationId?: Located | undefined; rootId?: Located | undefined },
): OrganizationPlace | undefined {
  if (idAt === undefined && rootId === undefined) return undefined
  const organizationId = readId(needed(idAt, root, 'organizationId'), 'organizationId')
  return { organizationId, path: `${organizationId}/${readId(needed(rootId, root, 'rootId'), 'rootId')}/` }
}

function readId(at: Located, kind: keyof typeof idPatterns): string {
  const id = at.text()
  if (!idPatterns[kind].test(id)) throw at.error(`is '${id}', which is no ${kind} of AWS Organizations`)
  return id
}

function readMembers(
  members: Map<string, OrganizationMember>,
  { accounts, groups }: { accounts?: Located | undefined; groups?: Located | undefined },
  inherited: Inherited,
  depth: number,
): void {
  for (const at of accounts?.items() ?? []) {
    const { id, ...policies } = at.members(['id', ...policyMembers])
    const accountId = readAccountId(needed(id, at, 'id'))
    if (members.has(accountId)) throw at.error(`names the account ${accountId} for a second time`)
    members.set(accountId, toMember(extend(inherited, policies)))
  }
  for (const at of groups?.items() ?? []) {
    if (depth >= nestingMax) throw at.error(`is nested deeper than ${nestingMax - 1} groups`)
    const {
      name,
      id,
      accounts: inner,
      groups: innerGroups,
      ...policies
    } = at.members(['name', 'id', 'accounts', 'groups', ...policyMembers])
    needed(name, at, 'name').text()
    const level = { ...extend(inherited, policies), place: descend(inherited.place, at, id) }
    readMembers(members, { accounts: inner, groups: innerGroups }, level, depth + 1)
  }
}

/** Returns the place of a group inside its parent. */
function descend(place: OrganizationPlace | undefined, at: Located, id: Located | undefined) {
  if (place === undefined) {
    if (id !== undefined) throw id.error('is an id in an organization without an organizationId')
    return undefined
  }
  return { ...place, path: `${place.path}${readId(needed(id, at, 'id'), 'id')}/` }
}

function readAccountId(at: Located): string {
  const accountId = at.text()
  if (!isAccountId(accountId)) throw at.error(`is '${accountId}'; an account id has 12 digits`)
  return accountId
}

/** A level without policies of a kind limits nothing, like the AWS policy FullAWSAccess. */
function extend(inherited: Inherited, members: PolicyMembers): Inherited {
  const { serviceControl, resourceControl } = inherited
  const { serviceControlPolicies: scps, resourceControlPolicies: rcps } = members
  return {
    ...inherited,
    serviceControl: scps === undefined ? serviceControl : [...serviceControl, readServiceControl(scps)],
    resourceControl:
      rcps === undefined
        ? resourceControl
        : [...resourceControl, rcps.items().map(item => readPolicy(item, 'resourceControl'))],
  }
}

function readServiceControl(at: Located): OrganizationPolicy[] {
  const policies = at.items().map(item => readPolicy(item, 'serviceControl'))
  if (policies.length === 0)
    throw at.error('is empty, which would allow nothing; leave it out, or add a policy')
  return policies
}

function readPolicy(at: Located, kind: 'serviceControl' | 'resourceControl'): OrganizationPolicy {
  const { name, document } = at.members(['name', 'document'])
  const policyName = needed(name, at, 'name').text()
  const text = readDocument(needed(document, at, 'document'))
  return { ...explained(at, () => compilePolicy(text, kind, policyName)), document: text }
}

function toMember({ serviceControl, resourceControl, place }: Inherited): OrganizationMember {
  return {
    place,
    serviceControlPolicies: serviceControl.length === 0 ? undefined : serviceControl,
    resourceControlPolicies: resourceControl.length === 0 ? undefined : resourceControl,
  }
}
