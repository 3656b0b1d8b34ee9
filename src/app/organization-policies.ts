import { readFileSync } from 'node:fs'
import { type CompiledPolicy, compilePolicy } from '../access/index.ts'
import { isAccountId } from '../domain/index.ts'
import type { AccountPolicies, OrganizationPolicies } from '../pipeline/index.ts'
import { OperatorError } from '../std/index.ts'
import { Located } from './seed/located.ts'
import { explained, needed, readDocument } from './seed/reading.ts'

/** Where there is no organization, nothing is above accounts. */
export const noOrganization: OrganizationPolicies = { ofAccount: () => undefined }

type Levels = readonly (readonly CompiledPolicy[])[]

/** What an account has from the groups it is in, the outermost first. */
interface Inherited {
  readonly serviceControl: Levels
  readonly resourceControl: Levels
}

const policyMembers = ['serviceControlPolicies', 'resourceControlPolicies'] as const
type PolicyMembers = Partial<Record<(typeof policyMembers)[number], Located>>

/** As deep as organizational units nest in AWS (AWS Organizations user guide, "Quotas"), and the root. */
const nestingMax = 6

/**
 * Reads the organization's policies; docs/organization-policies.md describes the file. Throws OperatorError with the line
 * of what is wrong.
 */
export function readOrganizationPolicies(path: string): OrganizationPolicies {
  const root = Located.parse(readText(path), path)
  const { managementAccount, accounts, groups, ...policies } = root.members([
    'managementAccount',
    'accounts',
    'groups',
    ...policyMembers,
  ])
  const byAccount = new Map<string, AccountPolicies>()
  const inherited = extend({ serviceControl: [], resourceControl: [] }, policies)
  readMembers(byAccount, { accounts, groups }, inherited, 1)
  // No policy of the organization bears on the account that manages it.
  if (managementAccount !== undefined) byAccount.delete(readAccountId(managementAccount))
  return { ofAccount: accountId => byAccount.get(accountId) }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(`The organization policies ${path} cannot be read: ${(error as Error).message}`)
  }
}

function readMembers(
  byAccount: Map<string, AccountPolicies>,
  { accounts, groups }: { accounts?: Located | undefined; groups?: Located | undefined },
  inherited: Inherited,
  depth: number,
): void {
  for (const at of accounts?.items() ?? []) {
    const { id, ...policies } = at.members(['id', ...policyMembers])
    const accountId = readAccountId(needed(id, at, 'id'))
    if (byAccount.has(accountId)) throw at.error(`names the account ${accountId} for a second time`)
    byAccount.set(accountId, toAccountPolicies(extend(inherited, policies)))
  }
  for (const at of groups?.items() ?? []) {
    if (depth >= nestingMax) throw at.error(`is nested deeper than ${nestingMax - 1} groups`)
    const {
      name,
      accounts: inner,
      groups: innerGroups,
      ...policies
    } = at.members(['name', 'accounts', 'groups', ...policyMembers])
    needed(name, at, 'name').text()
    readMembers(byAccount, { accounts: inner, groups: innerGroups }, extend(inherited, policies), depth + 1)
  }
}

function readAccountId(at: Located): string {
  const accountId = at.text()
  if (!isAccountId(accountId)) throw at.error(`is '${accountId}'; an account id has 12 digits`)
  return accountId
}

/** A level without policies of a kind limits nothing, as with AWS's own FullAWSAccess. */
function extend({ serviceControl, resourceControl }: Inherited, members: PolicyMembers): Inherited {
  const { serviceControlPolicies: scps, resourceControlPolicies: rcps } = members
  return {
    serviceControl: scps === undefined ? serviceControl : [...serviceControl, readServiceControl(scps)],
    resourceControl:
      rcps === undefined
        ? resourceControl
        : [...resourceControl, rcps.items().map(item => readPolicy(item, 'resourceControl'))],
  }
}

function readServiceControl(at: Located): CompiledPolicy[] {
  const policies = at.items().map(item => readPolicy(item, 'serviceControl'))
  if (policies.length === 0) throw at.error('is empty, which would allow nothing; leave it out, or name one')
  return policies
}

function readPolicy(at: Located, kind: 'serviceControl' | 'resourceControl'): CompiledPolicy {
  const { name, document } = at.members(['name', 'document'])
  const policyName = needed(name, at, 'name').text()
  const text = readDocument(needed(document, at, 'document'))
  return explained(at, () => compilePolicy(text, kind, policyName))
}

function toAccountPolicies({ serviceControl, resourceControl }: Inherited): AccountPolicies {
  return {
    serviceControlPolicies: serviceControl.length === 0 ? undefined : serviceControl,
    resourceControlPolicies: resourceControl.length === 0 ? undefined : resourceControl,
  }
}
