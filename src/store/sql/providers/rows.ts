import {
  type AccountAlias,
  globalDomain,
  type InstanceProfile,
  instanceProfileArn,
  type OidcProvider,
  oidcProviderArn,
} from '../../../domain/index.ts'
import { parseJson } from '../../../std/index.ts'
import type { EntityRows } from '../authenticity/macs.ts'
import { fromTags, namedRows, nameKey, toTags } from '../identities/rows.ts'

export interface InstanceProfileRow {
  instance_profile_id: string
  account_id: string
  instance_profile_name: string
  /** As in the rows of identities. */
  name_key: string
  path: string
  created_at: number
  role_name: string | null
  /** JSON: pairs. */
  tags: string
}

export interface OidcProviderRow {
  account_id: string
  host: string
  created_at: number
  /** JSON: a list. */
  client_ids: string
  /** JSON: a list. */
  thumbprints: string
  /** JSON: pairs. */
  tags: string
}

export interface AccountAliasRow {
  account_id: string
  alias: string
  created_at: number
}

function toInstanceProfile(row: InstanceProfileRow): InstanceProfile {
  return {
    accountId: row.account_id,
    instanceProfileName: row.instance_profile_name,
    instanceProfileId: row.instance_profile_id,
    path: row.path,
    createdAt: row.created_at,
    roleName: row.role_name ?? undefined,
    tags: toTags(row.tags),
  }
}

export function fromInstanceProfile(profile: InstanceProfile): InstanceProfileRow {
  return {
    instance_profile_id: profile.instanceProfileId,
    account_id: profile.accountId,
    instance_profile_name: profile.instanceProfileName,
    name_key: nameKey(profile.instanceProfileName),
    path: profile.path,
    created_at: profile.createdAt,
    role_name: profile.roleName ?? null,
    tags: fromTags(profile.tags),
  }
}

function toOidcProvider(row: OidcProviderRow): OidcProvider {
  return {
    accountId: row.account_id,
    host: row.host,
    createdAt: row.created_at,
    clientIds: parseJson(row.client_ids) as string[],
    thumbprints: parseJson(row.thumbprints) as string[],
    tags: toTags(row.tags),
  }
}

export function fromOidcProvider(provider: OidcProvider): OidcProviderRow {
  return {
    account_id: provider.accountId,
    host: provider.host,
    created_at: provider.createdAt,
    client_ids: JSON.stringify(provider.clientIds),
    thumbprints: JSON.stringify(provider.thumbprints),
    tags: fromTags(provider.tags),
  }
}

function toAccountAlias({ account_id, alias, created_at }: AccountAliasRow): AccountAlias {
  return { accountId: account_id, alias, createdAt: created_at }
}

export function fromAccountAlias({ accountId, alias, createdAt }: AccountAlias): AccountAliasRow {
  return { account_id: accountId, alias, created_at: createdAt }
}

export const instanceProfileRows = namedRows('instance profile', toInstanceProfile, row =>
  instanceProfileArn(row.account_id, row.instance_profile_name, row.path),
)

export const oidcProviderRows: EntityRows<OidcProviderRow, OidcProvider> = {
  toEntity: toOidcProvider,
  toAuthentic: row => ({
    kind: 'OpenID Connect provider',
    domain: globalDomain,
    name: oidcProviderArn(row.account_id, row.host),
    content: () => toOidcProvider(row),
  }),
}

export const accountAliasRows: EntityRows<AccountAliasRow, AccountAlias> = {
  toEntity: toAccountAlias,
  toAuthentic: row => ({
    kind: 'account alias',
    domain: globalDomain,
    name: `${row.alias} of ${row.account_id}`,
    content: () => toAccountAlias(row),
  }),
}
