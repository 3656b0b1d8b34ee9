import type {
  AccessKey,
  AccessKeyLastUsed,
  Group,
  ManagedPolicy,
  Page,
  PageRequest,
  Role,
  User,
} from '../../domain/index.ts'

// The part of the store's contract that is about identities. Entities are found by their names without regard to case,
// listed by name, ascending, and written whole.

export interface IamReader {
  findUser(accountId: string, userName: string): Promise<User | undefined>
  /** Those whose path begins so. */
  listUsers(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<User>>
  countUsers(accountId: string): Promise<number>

  findGroup(accountId: string, groupName: string): Promise<Group | undefined>
  listGroups(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Group>>
  listGroupMembers(accountId: string, groupName: string, page: PageRequest): Promise<Page<User>>
  countGroups(accountId: string): Promise<number>

  findRole(accountId: string, roleName: string): Promise<Role | undefined>
  listRoles(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Role>>
  countRoles(accountId: string): Promise<number>

  findManagedPolicy(accountId: string, policyName: string): Promise<ManagedPolicy | undefined>
  listManagedPolicies(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<ManagedPolicy>>
  countManagedPolicies(accountId: string): Promise<number>

  /** The entities of an account that a managed policy, its own or one of AWS's, is attached to or limits; each by name. */
  listPolicyEntities(accountId: string, policyArn: string): Promise<PolicyEntities>
  /** How many entities of an account a managed policy is attached to. */
  countAttachments(accountId: string, policyArn: string): Promise<number>
  /** How many entities of an account have a managed policy as their permissions boundary. */
  countBoundaries(accountId: string, policyArn: string): Promise<number>

  findAccessKey(accessKeyId: string): Promise<AccessKey | undefined>
  /** The long-term access keys of a user, or of the account root where no user is named; the oldest first. */
  listAccessKeys(accountId: string, userName: string | undefined): Promise<AccessKey[]>
}

export interface IamWriter {
  /** Fails where the account has one of that name, and where one of its groups is not there. */
  insertUser(user: User): Promise<void>
  /**
   * Replaces all of a user, known by its id. With a new name or path, its access keys go with it, and so does what key
   * policies, trust policies and grants say of it.
   */
  updateUser(user: User): Promise<void>
  /**
   * Removes a user with its access keys and memberships. In key policies, trust policies and grants its id takes the place
   * of its ARN, so that a user made anew gets nothing of it.
   */
  deleteUser(user: User): Promise<void>

  insertGroup(group: Group): Promise<void>
  updateGroup(group: Group): Promise<void>
  /** Removes a group; its members stay. */
  deleteGroup(group: Group): Promise<void>

  insertRole(role: Role): Promise<void>
  updateRole(role: Role): Promise<void>
  /** As with users. */
  deleteRole(role: Role): Promise<void>

  insertManagedPolicy(policy: ManagedPolicy): Promise<void>
  updateManagedPolicy(policy: ManagedPolicy): Promise<void>
  deleteManagedPolicy(policy: ManagedPolicy): Promise<void>

  insertAccessKey(accessKey: AccessKey): Promise<void>
  /** Replaces whether it is active. */
  updateAccessKey(accessKey: AccessKey): Promise<void>
  deleteAccessKey(accessKey: AccessKey): Promise<void>
  /** Replaces the last use of access keys; keys that are no longer there are passed over. */
  putAccessKeysLastUsed(uses: readonly AccessKeyLastUsedRecord[]): Promise<void>
}

export interface EntityName {
  readonly name: string
  readonly id: string
  readonly path: string
}

export interface PolicyEntities {
  readonly users: readonly EntityName[]
  readonly groups: readonly EntityName[]
  readonly roles: readonly EntityName[]
  /** Whose permissions boundary it is. */
  readonly boundaries: readonly (EntityName & { readonly entityType: 'User' | 'Role' })[]
}

export interface AccessKeyLastUsedRecord extends AccessKeyLastUsed {
  readonly accessKeyId: string
}
