import type { Kysely, Transaction } from 'kysely'
import { type Page, type PageRequest, type Role, roleArn } from '../../../domain/index.ts'
import type { RoleReader, RoleWriter } from '../../contract/identities.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { deleteAttachments, putAttachments } from './attachments.ts'
import { countOf, findNamed, listNamed } from './named.ts'
import { putTrustPrincipals } from './policy-principals.ts'
import { renamePrincipal, renameSessions } from './principal-renaming.ts'
import { fromRole, toRole } from './rows.ts'

export class SqlRoleReader implements RoleReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async find(accountId: string, roleName: string): Promise<Role | undefined> {
    const row = await findNamed(this.db, 'iam_roles', accountId, roleName)
    return row && toRole(row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<Role>> {
    return listNamed(this.db, 'iam_roles', toRole, accountId, pathPrefix, page)
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_roles', accountId)
  }
}

export class SqlRoleWriter extends SqlRoleReader implements RoleWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db)
    this.#changes = changes
  }

  async insert(role: Role): Promise<void> {
    await this.db.insertInto('iam_roles').values(fromRole(role)).execute()
    await putTrustPrincipals(this.db, role.roleId, role.trustPolicy)
    await putAttachments(this.db, role, role.roleId)
    this.#changes.identity(role.accountId)
  }

  async update(role: Role): Promise<void> {
    await this.db.updateTable('iam_roles').set(fromRole(role)).where('role_id', '=', role.roleId).execute()
    await putTrustPrincipals(this.db, role.roleId, role.trustPolicy)
    await putAttachments(this.db, role, role.roleId)
    this.#changes.identity(role.accountId)
  }

  async delete({ accountId, roleName, roleId, path }: Role): Promise<void> {
    await deleteAttachments(this.db, roleId)
    await this.db.deleteFrom('iam_roles').where('role_id', '=', roleId).execute()
    this.#changes.identity(accountId)
    await renamePrincipal(this.db, this.#changes, roleArn(accountId, roleName, path), roleId)
    await renameSessions(this.db, this.#changes, accountId, roleName, roleId)
  }
}
