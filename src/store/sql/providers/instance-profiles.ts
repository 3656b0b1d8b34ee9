import type { Kysely } from 'kysely'
import { type InstanceProfile, type Page, type PageRequest, toPage } from '../../../domain/index.ts'
import type { InstanceProfileReader, InstanceProfileWriter } from '../../contract/providers.ts'
import { countOf, findNamed, listNamed } from '../identities/named.ts'
import type { Schema } from '../schema.ts'
import { fromInstanceProfile, toInstanceProfile } from './rows.ts'

export class SqlInstanceProfileReader implements InstanceProfileReader {
  protected readonly db: Kysely<Schema>

  constructor(db: Kysely<Schema>) {
    this.db = db
  }

  async find(accountId: string, name: string): Promise<InstanceProfile | undefined> {
    const row = await findNamed(this.db, 'iam_instance_profiles', accountId, name)
    return row && toInstanceProfile(row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<InstanceProfile>> {
    return listNamed(this.db, 'iam_instance_profiles', toInstanceProfile, accountId, pathPrefix, page)
  }

  async listOfRole(accountId: string, roleName: string, page: PageRequest): Promise<Page<InstanceProfile>> {
    const rows = await this.db
      .selectFrom('iam_instance_profiles')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('role_name', '=', roleName)
      .where('name_key', '>', page.after ?? '')
      .orderBy('name_key')
      .limit(page.limit + 1)
      .execute()
    const { items, next } = toPage(rows, page.limit, row => row.name_key)
    return { items: items.map(toInstanceProfile), next }
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_instance_profiles', accountId)
  }
}

export class SqlInstanceProfileWriter extends SqlInstanceProfileReader implements InstanceProfileWriter {
  async insert(profile: InstanceProfile): Promise<void> {
    await this.db.insertInto('iam_instance_profiles').values(fromInstanceProfile(profile)).execute()
  }

  async update(profile: InstanceProfile): Promise<void> {
    await this.db
      .updateTable('iam_instance_profiles')
      .set(fromInstanceProfile(profile))
      .where('instance_profile_id', '=', profile.instanceProfileId)
      .execute()
  }

  async delete({ instanceProfileId }: InstanceProfile): Promise<void> {
    await this.db
      .deleteFrom('iam_instance_profiles')
      .where('instance_profile_id', '=', instanceProfileId)
      .execute()
  }
}
