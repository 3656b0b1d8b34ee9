import type { Kysely, Transaction } from 'kysely'
import type { Group, Page, PageRequest, User } from '../../../domain/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import type { GroupReader, GroupWriter } from '../../contract/identities.ts'
import { changeEntities } from '../authenticity/changed-entities.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { deleteAttachments, putAttachments } from './attachments.ts'
import { countOf, findNamed, listNamed } from './named.ts'
import { fromGroup, groupRows, nameKey } from './rows.ts'
import { userParts } from './user-macs.ts'
import { readUserPage } from './user-queries.ts'

export class SqlGroupReader implements GroupReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, groupName: string): Promise<Group | undefined> {
    const row = await findNamed(this.db, 'iam_groups', accountId, groupName)
    return row && this.#macs.read(groupRows, row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Group>> {
    return listNamed(this.db, this.#macs, 'iam_groups', groupRows, accountId, pathPrefix, page)
  }

  async listMembers(accountId: string, groupName: string, page: PageRequest): Promise<Page<User>> {
    const members = this.db
      .selectFrom('iam_group_members as m')
      .innerJoin('iam_groups as g', 'g.group_id', 'm.group_id')
      .select('m.user_id')
      .where('g.account_id', '=', accountId)
      .where('g.name_key', '=', nameKey(groupName))
    const users = this.db.selectFrom('users').selectAll().where('users.user_id', 'in', members)
    return await readUserPage(this.db, this.#macs, users, accountId, page)
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_groups', accountId)
  }
}

export class SqlGroupWriter extends SqlGroupReader implements GroupWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(group: Group): Promise<void> {
    await this.db
      .insertInto('iam_groups')
      .values(this.#changes.inserted(groupRows, fromGroup(group)))
      .execute()
    await putAttachments(this.db, group, group.groupId)
    this.#changes.identity(group.accountId)
  }

  async update(group: Group): Promise<void> {
    const before = await this.#rowOf(group.groupId)
    if (before === undefined) return
    const values = this.#changes.replaced(groupRows, before, fromGroup(group))
    await this.db.updateTable('iam_groups').set(values).where('group_id', '=', group.groupId).execute()
    await putAttachments(this.db, group, group.groupId)
    this.#changes.identity(group.accountId)
  }

  async delete({ accountId, groupId }: Group): Promise<void> {
    await deleteAttachments(this.db, groupId)
    const members = await this.db
      .selectFrom('iam_group_members')
      .select('user_id')
      .where('group_id', '=', groupId)
      .execute()
    const users = members.map(member => userParts(this.db, member.user_id))
    await changeEntities(this.#changes, users, async () => {
      // The database deletes the memberships together with the group's row.
      const deletion = this.db.deleteFrom('iam_groups').where('group_id', '=', groupId)
      this.#changes.removed(globalDomain, await deletion.returning('mac').execute())
    })
    this.#changes.identity(accountId)
  }

  async #rowOf(groupId: string) {
    return await this.db
      .selectFrom('iam_groups')
      .selectAll()
      .where('group_id', '=', groupId)
      .executeTakeFirst()
  }
}
