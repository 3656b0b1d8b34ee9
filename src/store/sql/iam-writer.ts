import type { Transaction } from 'kysely'
import {
  type AccessKey,
  type Group,
  type ManagedPolicy,
  type PolicyHolder,
  type Role,
  roleArn,
  type User,
  userArn,
} from '../../domain/index.ts'
import type { AccessKeyLastUsedRecord, IamWriter } from '../contract/iam-store.ts'
import type { Change } from '../contract/store.ts'
import { fromAccessKey, fromGroup, fromManagedPolicy, fromRole, fromUser, nameKey } from './iam-rows.ts'
import { renamePrincipal, renameSessions } from './principal-renaming.ts'
import { SqlReader } from './reader.ts'
import type { Schema } from './schema.ts'

/** The writes of identities. */
export class SqlIamWriter extends SqlReader implements IamWriter {
  readonly changes: Change[] = []

  // Narrows the handle: writing needs a transaction.
  constructor(db: Transaction<Schema>) {
    super(db)
  }

  async insertUser(user: User): Promise<void> {
    await this.db.insertInto('users').values(fromUser(user)).execute()
    await this.#putMemberships(user)
    await this.#putAttachments(user, user.userId)
    this.#changed(user.accountId, user.userName)
  }

  async updateUser(user: User): Promise<void> {
    const { accountId, userId } = user
    const before = await this.#nameOfUser(userId)
    const { name_key: key, ...row } = fromUser(user)
    // A user that keeps its name keeps the key that migration 0003 gave it.
    const values = before?.userName === user.userName ? row : { ...row, name_key: key }
    await this.db.updateTable('users').set(values).where('user_id', '=', userId).execute()
    await this.db.deleteFrom('iam_group_members').where('user_id', '=', userId).execute()
    await this.#putMemberships(user)
    await this.#putAttachments(user, userId)
    this.#changed(accountId, user.userName)
    if (before !== undefined) await this.#rename(before, user)
  }

  async deleteUser({ accountId, userName, userId, path }: User): Promise<void> {
    await this.#deleteAttachments(userId)
    await this.db
      .deleteFrom('access_keys')
      .where('account_id', '=', accountId)
      .where('user_name', '=', userName)
      .execute()
    // Memberships go with the user's row.
    await this.db.deleteFrom('users').where('user_id', '=', userId).execute()
    this.#changed(accountId, userName)
    this.changes.push(...(await renamePrincipal(this.db, userArn(accountId, userName, path), userId)))
  }

  async insertGroup(group: Group): Promise<void> {
    await this.db.insertInto('iam_groups').values(fromGroup(group)).execute()
    await this.#putAttachments(group, group.groupId)
    this.#changed(group.accountId)
  }

  async updateGroup(group: Group): Promise<void> {
    await this.db
      .updateTable('iam_groups')
      .set(fromGroup(group))
      .where('group_id', '=', group.groupId)
      .execute()
    await this.#putAttachments(group, group.groupId)
    this.#changed(group.accountId)
  }

  async deleteGroup({ accountId, groupId }: Group): Promise<void> {
    await this.#deleteAttachments(groupId)
    // Memberships go with the group's row.
    await this.db.deleteFrom('iam_groups').where('group_id', '=', groupId).execute()
    this.#changed(accountId)
  }

  async insertRole(role: Role): Promise<void> {
    await this.db.insertInto('iam_roles').values(fromRole(role)).execute()
    await this.#putAttachments(role, role.roleId)
    this.#changed(role.accountId)
  }

  async updateRole(role: Role): Promise<void> {
    await this.db.updateTable('iam_roles').set(fromRole(role)).where('role_id', '=', role.roleId).execute()
    await this.#putAttachments(role, role.roleId)
    this.#changed(role.accountId)
  }

  async deleteRole({ accountId, roleName, roleId, path }: Role): Promise<void> {
    await this.#deleteAttachments(roleId)
    await this.db.deleteFrom('iam_roles').where('role_id', '=', roleId).execute()
    this.#changed(accountId)
    this.changes.push(
      ...(await renamePrincipal(this.db, roleArn(accountId, roleName, path), roleId)),
      ...(await renameSessions(this.db, accountId, roleName, roleId)),
    )
  }

  async insertManagedPolicy(policy: ManagedPolicy): Promise<void> {
    await this.db.insertInto('iam_policies').values(fromManagedPolicy(policy)).execute()
    this.#changed(policy.accountId)
  }

  async updateManagedPolicy(policy: ManagedPolicy): Promise<void> {
    await this.db
      .updateTable('iam_policies')
      .set(fromManagedPolicy(policy))
      .where('policy_id', '=', policy.policyId)
      .execute()
    this.#changed(policy.accountId)
  }

  async deleteManagedPolicy({ accountId, policyId }: ManagedPolicy): Promise<void> {
    await this.db.deleteFrom('iam_policies').where('policy_id', '=', policyId).execute()
    this.#changed(accountId)
  }

  async insertAccessKey(accessKey: AccessKey): Promise<void> {
    await this.db.insertInto('access_keys').values(fromAccessKey(accessKey)).execute()
    this.#changed(accessKey.accountId, accessKey.userName)
  }

  async updateAccessKey({ accessKeyId, accountId, userName, isActive }: AccessKey): Promise<void> {
    await this.db
      .updateTable('access_keys')
      .set({ is_active: isActive ? 1 : 0 })
      .where('access_key_id', '=', accessKeyId)
      .execute()
    this.#changed(accountId, userName)
  }

  async deleteAccessKey({ accessKeyId, accountId, userName }: AccessKey): Promise<void> {
    await this.db.deleteFrom('access_keys').where('access_key_id', '=', accessKeyId).execute()
    this.#changed(accountId, userName)
  }

  async putAccessKeysLastUsed(uses: readonly AccessKeyLastUsedRecord[]): Promise<void> {
    for (const { accessKeyId, at, service, region } of uses) {
      await this.db
        .updateTable('access_keys')
        .set({ last_used_at: at, last_used_service: service, last_used_region: region })
        .where('access_key_id', '=', accessKeyId)
        .execute()
    }
  }

  async #nameOfUser(userId: string): Promise<Pick<User, 'userName' | 'path'> | undefined> {
    return await this.db
      .selectFrom('users')
      .select(['user_name as userName', 'path'])
      .where('user_id', '=', userId)
      .executeTakeFirst()
  }

  async #rename(before: Pick<User, 'userName' | 'path'>, { accountId, userName, path }: User): Promise<void> {
    const arnBefore = userArn(accountId, before.userName, before.path)
    const arn = userArn(accountId, userName, path)
    if (arn === arnBefore) return
    await this.db
      .updateTable('access_keys')
      .set({ user_name: userName })
      .where('account_id', '=', accountId)
      .where('user_name', '=', before.userName)
      .execute()
    this.#changed(accountId, before.userName)
    this.changes.push(...(await renamePrincipal(this.db, arnBefore, arn)))
  }

  async #putMemberships({ accountId, userId, groupNames }: User): Promise<void> {
    for (const groupName of groupNames) {
      const { group_id } = await this.db
        .selectFrom('iam_groups')
        .select('group_id')
        .where('account_id', '=', accountId)
        .where('name_key', '=', nameKey(groupName))
        .executeTakeFirstOrThrow()
      await this.db.insertInto('iam_group_members').values({ group_id, user_id: userId }).execute()
    }
  }

  async #putAttachments(
    { accountId, attachedPolicyArns }: PolicyHolder & { readonly accountId: string },
    entityId: string,
  ): Promise<void> {
    await this.#deleteAttachments(entityId)
    for (const policyArn of attachedPolicyArns) {
      await this.db
        .insertInto('iam_attachments')
        .values({ account_id: accountId, policy_arn: policyArn, entity_id: entityId })
        .execute()
    }
  }

  async #deleteAttachments(entityId: string): Promise<void> {
    await this.db.deleteFrom('iam_attachments').where('entity_id', '=', entityId).execute()
  }

  #changed(accountId: string, userName?: string): void {
    this.changes.push({ type: 'identity', accountId, userName })
  }
}
