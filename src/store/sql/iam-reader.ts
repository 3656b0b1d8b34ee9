import type { Kysely } from 'kysely'
import type { AccessKey, Group, ManagedPolicy, Page, PageRequest, Role, User } from '../../domain/index.ts'
import type { IamReader, PolicyEntities } from '../contract/iam-store.ts'
import * as iam from './iam-queries.ts'
import { toAccessKey, toGroup, toManagedPolicy, toRole } from './iam-rows.ts'
import type { Schema } from './schema.ts'

/** The reads of identities. */
export class SqlIamReader implements IamReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  findUser(accountId: string, userName: string): Promise<User | undefined> {
    return iam.findUser(this.db, accountId, userName)
  }

  listUsers(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<User>> {
    return iam.listUsers(this.db, accountId, pathPrefix, page)
  }

  countUsers(accountId: string): Promise<number> {
    return iam.countOf(this.db, 'users', accountId)
  }

  async findGroup(accountId: string, groupName: string): Promise<Group | undefined> {
    const row = await iam.findNamed(this.db, 'iam_groups', accountId, groupName)
    return row && toGroup(row)
  }

  async listGroups(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Group>> {
    return mapPage(await iam.listNamed(this.db, 'iam_groups', accountId, pathPrefix, page), toGroup)
  }

  listGroupMembers(accountId: string, groupName: string, page: PageRequest): Promise<Page<User>> {
    return iam.listGroupMembers(this.db, accountId, groupName, page)
  }

  countGroups(accountId: string): Promise<number> {
    return iam.countOf(this.db, 'iam_groups', accountId)
  }

  async findRole(accountId: string, roleName: string): Promise<Role | undefined> {
    const row = await iam.findNamed(this.db, 'iam_roles', accountId, roleName)
    return row && toRole(row)
  }

  async listRoles(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Role>> {
    return mapPage(await iam.listNamed(this.db, 'iam_roles', accountId, pathPrefix, page), toRole)
  }

  countRoles(accountId: string): Promise<number> {
    return iam.countOf(this.db, 'iam_roles', accountId)
  }

  async findManagedPolicy(accountId: string, policyName: string): Promise<ManagedPolicy | undefined> {
    const row = await iam.findNamed(this.db, 'iam_policies', accountId, policyName)
    return row && toManagedPolicy(row)
  }

  async listManagedPolicies(
    accountId: string,
    pathPrefix: string,
    page: PageRequest,
  ): Promise<Page<ManagedPolicy>> {
    return mapPage(await iam.listNamed(this.db, 'iam_policies', accountId, pathPrefix, page), toManagedPolicy)
  }

  countManagedPolicies(accountId: string): Promise<number> {
    return iam.countOf(this.db, 'iam_policies', accountId)
  }

  listPolicyEntities(accountId: string, policyArn: string): Promise<PolicyEntities> {
    return iam.listPolicyEntities(this.db, accountId, policyArn)
  }

  countAttachments(accountId: string, policyArn: string): Promise<number> {
    return iam.countAttachments(this.db, accountId, policyArn)
  }

  countBoundaries(accountId: string, policyArn: string): Promise<number> {
    return iam.countBoundaries(this.db, accountId, policyArn)
  }

  async findAccessKey(accessKeyId: string): Promise<AccessKey | undefined> {
    const row = await this.db
      .selectFrom('access_keys')
      .selectAll()
      .where('access_key_id', '=', accessKeyId)
      .executeTakeFirst()
    return row && toAccessKey(row)
  }

  async listAccessKeys(accountId: string, userName: string | undefined): Promise<AccessKey[]> {
    const keys = this.db.selectFrom('access_keys').selectAll().where('account_id', '=', accountId)
    const rows = await (userName === undefined
      ? keys.where('user_name', 'is', null)
      : keys.where('user_name', '=', userName)
    )
      .where('service', 'is', null)
      .where('session_token_digest', 'is', null)
      .orderBy('created_at')
      .orderBy('access_key_id')
      .execute()
    return rows.map(toAccessKey)
  }
}

function mapPage<T, U>({ items, next }: Page<T>, map: (item: T) => U): Page<U> {
  return { items: items.map(map), next }
}
