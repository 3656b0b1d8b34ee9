import type { Transaction } from 'kysely'
import type { AccessKey } from '../../../domain/index.ts'
import { globalDomain } from '../../../domain/index.ts'
import type { AccessKeyLastUsedRecord, AccessKeyWriter } from '../../contract/access-keys.ts'
import type { Changes } from '../changes.ts'
import { refuseRetired } from '../rewrap/guard.ts'
import type { Schema } from '../schema.ts'
import { SqlAccessKeyReader } from './reader.ts'
import { accessKeyRows, fromAccessKey } from './rows.ts'

export class SqlAccessKeyWriter extends SqlAccessKeyReader implements AccessKeyWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(accessKey: AccessKey): Promise<void> {
    await refuseRetired(this.db, this.#changes.macs, globalDomain, [accessKey.wrappedSecret])
    await this.db
      .insertInto('access_keys')
      .values(this.#changes.inserted(accessKeyRows, fromAccessKey(accessKey)))
      .execute()
    this.#changes.identity(accessKey.accountId, accessKey.userName)
  }

  async update({ accessKeyId, accountId, userName, isActive }: AccessKey): Promise<void> {
    const before = await this.db
      .selectFrom('access_keys')
      .selectAll()
      .where('access_key_id', '=', accessKeyId)
      .executeTakeFirst()
    if (before === undefined) return
    const active = { is_active: isActive ? 1 : 0 }
    const { mac } = this.#changes.replaced(accessKeyRows, before, { ...before, ...active })
    await this.db
      .updateTable('access_keys')
      .set({ ...active, mac })
      .where('access_key_id', '=', accessKeyId)
      .execute()
    this.#changes.identity(accountId, userName)
  }

  async delete({ accessKeyId, accountId, userName }: AccessKey): Promise<void> {
    const deletion = this.db.deleteFrom('access_keys').where('access_key_id', '=', accessKeyId)
    this.#changes.removed(globalDomain, await deletion.returning('mac').execute())
    this.#changes.identity(accountId, userName)
  }

  async putLastUsed(uses: readonly AccessKeyLastUsedRecord[]): Promise<void> {
    for (const { accessKeyId, at, service, region } of uses) {
      await this.db
        .updateTable('access_keys')
        .set({ last_used_at: at, last_used_service: service, last_used_region: region })
        .where('access_key_id', '=', accessKeyId)
        .execute()
    }
  }
}
