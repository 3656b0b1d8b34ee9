import type { AccountAlias, InstanceProfile, OidcProvider, Page, PageRequest } from '../../domain/index.ts'

// The contract for what accounts keep in IAM besides identities: instance profiles, OpenID Connect providers and account
// aliases. Each is read and written whole.

/** Instance profiles: found by name without regard to case, and listed by name, ascending. */
export interface InstanceProfileReader {
  find(accountId: string, name: string): Promise<InstanceProfile | undefined>
  /** Returns the instance profiles whose path begins with the prefix. */
  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<InstanceProfile>>
  /** Returns the instance profiles that contain a role. */
  listOfRole(accountId: string, roleName: string, page: PageRequest): Promise<Page<InstanceProfile>>
  count(accountId: string): Promise<number>
}

export interface InstanceProfileWriter extends InstanceProfileReader {
  /** Throws if the account has an instance profile with this name, whatever its case. */
  insert(profile: InstanceProfile): Promise<void>
  /** Replaces all of an instance profile, which is known by its id. */
  update(profile: InstanceProfile): Promise<void>
  delete(profile: InstanceProfile): Promise<void>
}

/** OpenID Connect providers: found by exactly their URL. */
export interface OidcProviderReader {
  find(accountId: string, host: string): Promise<OidcProvider | undefined>
  /** Returns all providers of an account, by URL. */
  list(accountId: string): Promise<OidcProvider[]>
}

export interface OidcProviderWriter extends OidcProviderReader {
  /** Throws if the account has a provider with this URL. */
  insert(provider: OidcProvider): Promise<void>
  /** Replaces all of a provider, which is known by its account and URL. */
  update(provider: OidcProvider): Promise<void>
  delete(provider: OidcProvider): Promise<void>
}

/** Account aliases: an account has at most one, and two accounts never have the same. */
export interface AccountAliasReader {
  find(alias: string): Promise<AccountAlias | undefined>
  findOfAccount(accountId: string): Promise<AccountAlias | undefined>
}

export interface AccountAliasWriter extends AccountAliasReader {
  /** Gives an account its alias in place of the one that it has. Throws if a different account has the alias. */
  put(alias: AccountAlias): Promise<void>
  delete(alias: AccountAlias): Promise<void>
}
