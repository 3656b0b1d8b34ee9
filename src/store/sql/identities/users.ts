import type { Kysely, Transaction } from 'kysely'
import { globalDomain, type Page, type PageRequest, type User, userArn } from '../../../domain/index.ts'
import type { UserReader, UserWriter } from '../../contract/identities.ts'
import { accessKeyRows } from '../access-keys/rows.ts'
import { changeEntities } from '../authenticity/changed-entities.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { deleteAttachments, putAttachments } from './attachments.ts'
import { countOf, pathBegins } from './named.ts'
import { renamePrincipal } from './principal-renaming.ts'
import { fromUser, nameKey } from './rows.ts'
import { userParts } from './user-macs.ts'
import { openUser, readUserPage, readUsers } from './user-queries.ts'

export class SqlUserReader implements UserReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, userName: string): Promise<User | undefined> {
    const users = this.db
      .selectFrom('users')
      .selectAll()
      .where('account_id', '=', accountId)
      // Migration 0003 gives the second key to a user whose name differs from an older user's by case alone.
      .where('name_key', 'in', [nameKey(userName), `/${userName}`])
    const found = await readUsers(this.db, users)
    const stored = found.find(({ row }) => row.user_name === userName) ?? found[0]
    return stored && openUser(this.#macs, stored)
  }

  async list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<User>> {
    const users = pathBegins(this.db.selectFrom('users'), pathPrefix).selectAll()
    return await readUserPage(this.db, this.#macs, users, accountId, page)
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'users', accountId)
  }
}

export class SqlUserWriter extends SqlUserReader implements UserWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(user: User): Promise<void> {
    await changeEntities(this.#changes, [userParts(this.db, user.userId)], async () => {
      await this.db
        .insertInto('users')
        .values({ ...fromUser(user), mac: null })
        .execute()
      await this.#putMemberships(user)
    })
    await putAttachments(this.db, user, user.userId)
    this.#changes.identity(user.accountId, user.userName)
  }

  async update(user: User): Promise<void> {
    const { accountId, userId } = user
    const before = await this.#nameOf(userId)
    const { name_key: key, ...row } = fromUser(user)
    // A user that keeps its name keeps the key that migration 0003 gave it.
    const values = before?.userName === user.userName ? row : { ...row, name_key: key }
    await changeEntities(this.#changes, [userParts(this.db, userId)], async () => {
      await this.db.updateTable('users').set(values).where('user_id', '=', userId).execute()
      await this.db.deleteFrom('iam_group_members').where('user_id', '=', userId).execute()
      await this.#putMemberships(user)
    })
    await putAttachments(this.db, user, userId)
    this.#changes.identity(accountId, user.userName)
    if (before !== undefined) await this.#rename(before, user)
  }

  async delete({ accountId, userName, userId, path }: User): Promise<void> {
    await deleteAttachments(this.db, userId)
    const accessKeys = await this.db
      .deleteFrom('access_keys')
      .where('account_id', '=', accountId)
      .where('user_name', '=', userName)
      .returning('mac')
      .execute()
    // The database deletes the memberships together with the user's row.
    const users = await this.db.deleteFrom('users').where('user_id', '=', userId).returning('mac').execute()
    this.#changes.removed(globalDomain, [...accessKeys, ...users])
    this.#changes.identity(accountId, userName)
    await renamePrincipal(this.db, this.#changes, userArn(accountId, userName, path), userId)
  }

  async #nameOf(userId: string): Promise<Pick<User, 'userName' | 'path'> | undefined> {
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
    const accessKeys = await this.db
      .selectFrom('access_keys')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('user_name', '=', before.userName)
      .execute()
    for (const row of accessKeys) {
      const { mac } = this.#changes.replaced(accessKeyRows, row, { ...row, user_name: userName })
      await this.db
        .updateTable('access_keys')
        .set({ user_name: userName, mac })
        .where('access_key_id', '=', row.access_key_id)
        .execute()
    }
    this.#changes.identity(accountId, before.userName)
    await renamePrincipal(this.db, this.#changes, arnBefore, arn)
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
}
