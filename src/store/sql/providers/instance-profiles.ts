import type { Kysely, Transaction } from 'kysely'
import {
  globalDomain,
  type InstanceProfile,
  type Page,
  type PageRequest,
  toPage,
} from '../../../domain/index.ts'
import type { InstanceProfileReader, InstanceProfileWriter } from '../../contract/providers.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import { countOf, findNamed, listNamed } from '../identities/named.ts'
import type { Schema } from '../schema.ts'
import { fromInstanceProfile, instanceProfileRows } from './rows.ts'

export class SqlInstanceProfileReader implements InstanceProfileReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(accountId: string, name: string): Promise<InstanceProfile | undefined> {
    const row = await findNamed(this.db, 'iam_instance_profiles', accountId, name)
    return row && this.#macs.read(instanceProfileRows, row)
  }

  list(accountId: string, pathPrefix: string, page: PageRequest): Promise<Page<InstanceProfile>> {
    return listNamed(
      this.db,
      this.#macs,
      'iam_instance_profiles',
      instanceProfileRows,
      accountId,
      pathPrefix,
      page,
    )
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
    return { items: this.#macs.readAll(instanceProfileRows, items), next }
  }

  count(accountId: string): Promise<number> {
    return countOf(this.db, 'iam_instance_profiles', accountId)
  }
}

export class SqlInstanceProfileWriter extends SqlInstanceProfileReader implements InstanceProfileWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(profile: InstanceProfile): Promise<void> {
    await this.db
      .insertInto('iam_instance_profiles')
      .values(this.#changes.inserted(instanceProfileRows, fromInstanceProfile(profile)))
      .execute()
  }

  async update(profile: InstanceProfile): Promise<void> {
    const { instanceProfileId: id } = profile
    const before = await this.db
      .selectFrom('iam_instance_profiles')
      .selectAll()
      .where('instance_profile_id', '=', id)
      .executeTakeFirst()
    if (before === undefined) return
    await this.db
      .updateTable('iam_instance_profiles')
      .set(this.#changes.replaced(instanceProfileRows, before, fromInstanceProfile(profile)))
      .where('instance_profile_id', '=', id)
      .execute()
  }

  async delete({ instanceProfileId }: InstanceProfile): Promise<void> {
    const deletion = this.db
      .deleteFrom('iam_instance_profiles')
      .where('instance_profile_id', '=', instanceProfileId)
    this.#changes.removed(globalDomain, await deletion.returning('mac').execute())
  }
}
