import type { Kysely, Transaction } from 'kysely'
import type { Group, Page, PageRequest, User } from '../../../domain/index.ts'
import type { GroupReader, GroupWriter } from '../../contract/identities.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { deleteAttachments, putAttachments } from './attachments.ts'
import { countOf, findNamed, listNamed } from './named.ts'
import { fromGroup, nameKey, toGroup } from './rows.ts'
import { readUserPage } from './user-queries.ts'

export class SqlGroupReader implements GroupReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async find(accountId: string, groupName: string): Promise<Group | undefined> {
    const row = await findNamed(this.db, 'iam_groups', accountId, groupName)
    return row && toGroup(row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Group>> {
    return listNamed(this.db, 'iam_groups', toGroup, accountId, pathPrefix, page)
  }

  async listMembers(accountId: string, groupName: string, page: PageRequest): Promise<Page<User>> {
    const members = this.db
      .selectFrom('iam_group_members as m')
      .innerJoin('iam_groups as g', 'g.group_id', 'm.group_id')
      .select('m.user_id')
      .where('g.account_id', '=', accountId)
      .where('g.name_key', '=', nameKey(groupName))
    const users = this.db.selectFrom('users').selectAll().where('users.user_id', 'in', members)
    return await readUserPage(this.db, users, accountId, page)
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_groups', accountId)
  }
}

export class SqlGroupWriter extends SqlGroupReader implements GroupWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db)
    this.#changes = changes
  }

  async insert(group: Group): Promise<void> {
    await this.db.insertInto('iam_groups').values(fromGroup(group)).execute()
    await putAttachments(this.db, group, group.groupId)
    this.#changes.identity(group.accountId)
  }

  async update(group: Group): Promise<void> {
    await this.db
      .updateTable('iam_groups')
      .set(fromGroup(group))
      .where('group_id', '=', group.groupId)
      .execute()
    await putAttachments(this.db, group, group.groupId)
    this.#changes.identity(group.accountId)
  }

  async delete({ accountId, groupId }: Group): Promise<void> {
    await deleteAttachments(this.db, groupId)
    // The database deletes the memberships together with the group's row.
    await this.db.deleteFrom('iam_groups').where('group_id', '=', groupId).execute()
    this.#changes.identity(accountId)
  }
}
