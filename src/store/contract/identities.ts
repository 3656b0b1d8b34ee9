import type { Group, ManagedPolicy, Page, PageRequest, Role, RoleLastUsed, User } from '../../domain/index.ts'

// The contract for the identities of accounts: users, groups, roles and managed policies. The store finds each of them by
// name without regard to case, lists them by name, ascending, and writes them whole. A name is unique in its account
// among users, groups, roles or policies, whatever its case: `insert` throws if it is taken.

export interface UserReader {
  find(accountId: string, userName: string): Promise<User | undefined>
  /** Returns the users whose path begins with the prefix. */
  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<User>>
  count(accountId: string): Promise<number>
}

export interface UserWriter extends UserReader {
  /** Throws if the account has a user with this name, or does not have one of the user's groups. */
  insert(user: User): Promise<void>
  /**
   * Replaces all of a user, which is known by its id. If its name or path changes, its access keys go with it, and key
   * policies, trust policies and grants name the user by its new ARN.
   */
  update(user: User): Promise<void>
  /**
   * Removes a user with its access keys and memberships. In key policies, trust policies and grants, the user's id replaces
   * its ARN, so that a user recreated under the same name gets nothing from them.
   */
  delete(user: User): Promise<void>
}

export interface GroupReader {
  find(accountId: string, groupName: string): Promise<Group | undefined>
  /** Returns the groups whose path begins with the prefix. */
  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Group>>
  listMembers(accountId: string, groupName: string, page: PageRequest): Promise<Page<User>>
  count(accountId: string): Promise<number>
}

export interface GroupWriter extends GroupReader {
  insert(group: Group): Promise<void>
  /** Replaces all of a group, which is known by its id. */
  update(group: Group): Promise<void>
  /** Removes a group; its members stay. */
  delete(group: Group): Promise<void>
}

export interface RoleReader {
  find(accountId: string, roleName: string): Promise<Role | undefined>
  /** Returns the roles whose path begins with the prefix. */
  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Role>>
  count(accountId: string): Promise<number>
  /** Returns the last use of a role, which is known by its id; undefined if it was never used. */
  findLastUsed(roleId: string): Promise<RoleLastUsed | undefined>
}

export interface RoleWriter extends RoleReader {
  insert(role: Role): Promise<void>
  /** Replaces all of a role, which is known by its id. */
  update(role: Role): Promise<void>
  /**
   * Removes a role. In key policies, trust policies and grants, the role's id replaces its ARN, and in grants also the ARNs
   * of its sessions, so that a role recreated under the same name gets nothing from them.
   */
  delete(role: Role): Promise<void>
  /** Replaces the last uses of roles, and skips roles that no longer exist. */
  putLastUsed(uses: readonly RoleLastUsedRecord[]): Promise<void>
}

/** The last use of a role, with the id of the role. */
export interface RoleLastUsedRecord extends RoleLastUsed {
  readonly roleId: string
}

export interface PolicyReader {
  find(accountId: string, policyName: string): Promise<ManagedPolicy | undefined>
  /** Returns the managed policies whose path begins with the prefix. */
  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<ManagedPolicy>>
  count(accountId: string): Promise<number>
  /**
   * Returns the entities of an account that a managed policy is attached to or limits; each by name. The policy may be the
   * account's own or an AWS managed one.
   */
  listEntities(accountId: string, policyArn: string): Promise<PolicyEntities>
  /** Counts the uses of managed policies in an account; a policy without uses is missing from the answer. */
  countUses(accountId: string, policyArns: readonly string[]): Promise<ReadonlyMap<string, PolicyUses>>
}

/** The numbers of entities that a managed policy is attached to, and that have it as their permissions boundary. */
export interface PolicyUses {
  readonly attachments: number
  readonly boundaries: number
}

export interface PolicyWriter extends PolicyReader {
  insert(policy: ManagedPolicy): Promise<void>
  /** Replaces all of a managed policy, which is known by its id. */
  update(policy: ManagedPolicy): Promise<void>
  delete(policy: ManagedPolicy): Promise<void>
}

/** The name, id and path of a user, group or role. */
export interface EntityName {
  readonly name: string
  readonly id: string
  readonly path: string
}

/** The users, groups and roles that a managed policy is attached to or limits. */
export interface PolicyEntities {
  readonly users: readonly EntityName[]
  readonly groups: readonly EntityName[]
  readonly roles: readonly EntityName[]
  /** The users and roles that have the policy as their permissions boundary. */
  readonly boundaries: readonly (EntityName & { readonly entityType: 'User' | 'Role' })[]
}
