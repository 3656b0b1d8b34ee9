import type { Deployment } from '../../domain/index.ts'
import { isAccountId, resourceQuotaDefaults } from '../../domain/index.ts'
import { Located, needed, readNamedFile } from '../../std/index.ts'
import {
  readAccessKeys,
  readGroup,
  readManagedPolicy,
  readRole,
  readService,
  readUser,
  type SeedAccessKey,
  type SeedGroup,
  type SeedManagedPolicy,
  type SeedRole,
  type SeedService,
  type SeedUser,
} from './identity-entry.ts'
import { readKey, type SeedKey } from './key-entry.ts'

/** The content of a seed file. Every entry knows its place in the file. */
export interface Seed {
  readonly accounts: readonly SeedAccount[]
}

/** An account of the seed, with its identities and keys. */
export interface SeedAccount {
  readonly accountId: string
  readonly rootAccessKeys: readonly SeedAccessKey[]
  readonly managedPolicies: readonly SeedManagedPolicy[]
  readonly groups: readonly SeedGroup[]
  readonly roles: readonly SeedRole[]
  readonly users: readonly SeedUser[]
  readonly services: readonly SeedService[]
  readonly keys: readonly SeedKey[]
}

/**
 * Reads a seed file, which docs/seed.md describes. `offersSm2` says whether SM2 keys are offered outside of China.
 * Throws OperatorError with the line of the fault.
 */
export function readSeedFile(path: string, regions: readonly string[], offersSm2: boolean): Seed {
  const deployment: Deployment = { regions, offersSm2, quotas: resourceQuotaDefaults }
  const { accounts } = Located.parse(readNamedFile(path, 'seed file'), path).members(['accounts'])
  return { accounts: (accounts?.items() ?? []).map(account => readAccount(account, deployment)) }
}

const accountParts = [
  'id',
  'root',
  'managedPolicies',
  'groups',
  'roles',
  'users',
  'services',
  'keys',
] as const

function readAccount(at: Located, deployment: Deployment): SeedAccount {
  const { id, root, ...parts } = at.members(accountParts)
  const accountId = needed(id, at, 'id').text()
  if (!isAccountId(accountId)) throw at.error(`has the id '${accountId}'; an account id has 12 digits`)
  return {
    accountId,
    rootAccessKeys: readAccessKeys(root?.members(['accessKeys']).accessKeys),
    managedPolicies: (parts.managedPolicies?.items() ?? []).map(readManagedPolicy),
    groups: (parts.groups?.items() ?? []).map(readGroup),
    roles: (parts.roles?.items() ?? []).map(readRole),
    users: (parts.users?.items() ?? []).map(readUser),
    services: (parts.services?.items() ?? []).map(readService),
    keys: (parts.keys?.items() ?? []).map(key => readKey(key, deployment)),
  }
}
