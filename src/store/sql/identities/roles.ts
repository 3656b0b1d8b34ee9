import type { Kysely, Transaction } from 'kysely'
import {
  globalDomain,
  type Page,
  type PageRequest,
  type Role,
  type RoleLastUsed,
  roleArn,
} from '../../../domain/index.ts'
import type { RoleLastUsedRecord, RoleReader, RoleWriter } from '../../contract/identities.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { deleteAttachments, putAttachments } from './attachments.ts'
import { countOf, findNamed, listNamed } from './named.ts'
import { deleteTrustPrincipals, putTrustPrincipals } from './policy-principals.ts'
import { renamePrincipal, renameSessions } from './principal-renaming.ts'
import { fromRole, roleRows } from './rows.ts'

export class SqlRoleReader implements RoleReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, roleName: string): Promise<Role | undefined> {
    const row = await findNamed(this.db, 'iam_roles', accountId, roleName)
    return row && this.#macs.read(roleRows, row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Role>> {
    return listNamed(this.db, this.#macs, 'iam_roles', roleRows, accountId, pathPrefix, page)
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_roles', accountId)
  }

  async findLastUsed(roleId: string): Promise<RoleLastUsed | undefined> {
    return await this.db
      .selectFrom('iam_role_usages')
      .select(['last_used_at as at', 'last_used_region as region'])
      .where('role_id', '=', roleId)
      .executeTakeFirst()
  }
}

export class SqlRoleWriter extends SqlRoleReader implements RoleWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(role: Role): Promise<void> {
    await this.db
      .insertInto('iam_roles')
      .values(this.#changes.inserted(roleRows, fromRole(role)))
      .execute()
    await putTrustPrincipals(this.db, this.#changes, role.roleId, role.trustPolicy)
    await putAttachments(this.db, role, role.roleId)
    this.#changes.identity(role.accountId)
  }

  async update(role: Role): Promise<void> {
    const before = await this.#rowOf(role.roleId)
    if (before === undefined) return
    const values = this.#changes.replaced(roleRows, before, fromRole(role))
    await this.db.updateTable('iam_roles').set(values).where('role_id', '=', role.roleId).execute()
    await putTrustPrincipals(this.db, this.#changes, role.roleId, role.trustPolicy)
    await putAttachments(this.db, role, role.roleId)
    this.#changes.identity(role.accountId)
  }

  async delete({ accountId, roleName, roleId, path }: Role): Promise<void> {
    await deleteAttachments(this.db, roleId)
    await deleteTrustPrincipals(this.db, this.#changes, roleId)
    const rows = await this.db
      .deleteFrom('iam_roles')
      .where('role_id', '=', roleId)
      .returning('mac')
      .execute()
    this.#changes.removed(globalDomain, rows)
    this.#changes.identity(accountId)
    await renamePrincipal(this.db, this.#changes, roleArn(accountId, roleName, path), roleId)
    await renameSessions(this.db, this.#changes, accountId, roleName, roleId)
  }

  async putLastUsed(uses: readonly RoleLastUsedRecord[]): Promise<void> {
    for (const { roleId, at, region } of uses) {
      const used = { last_used_at: at, last_used_region: region }
      const role = await this.db
        .selectFrom('iam_roles')
        .select('role_id')
        .where('role_id', '=', roleId)
        .executeTakeFirst()
      if (role === undefined) continue
      await this.db
        .insertInto('iam_role_usages')
        .values({ role_id: roleId, ...used })
        .onConflict(conflict => conflict.column('role_id').doUpdateSet(used))
        .execute()
    }
  }

  async #rowOf(roleId: string) {
    return await this.db.selectFrom('iam_roles').selectAll().where('role_id', '=', roleId).executeTakeFirst()
  }
}
