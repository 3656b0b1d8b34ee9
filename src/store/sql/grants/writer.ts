import type { Transaction } from 'kysely'
import type { Grant } from '../../../domain/index.ts'
import type { GrantWriter } from '../../contract/grants.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { SqlGrantReader } from './reader.ts'
import { fromGrant, grantRows } from './rows.ts'

export class SqlGrantWriter extends SqlGrantReader implements GrantWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(grant: Grant): Promise<void> {
    await this.db
      .insertInto('grants')
      .values(this.#changes.inserted(grantRows, fromGrant(grant)))
      .execute()
    this.#changes.grant(grant)
  }

  async delete(grant: Grant): Promise<void> {
    const deleted = await this.db
      .deleteFrom('grants')
      .where('account_id', '=', grant.accountId)
      .where('region', '=', grant.region)
      .where('key_id', '=', grant.keyId)
      .where('grant_id', '=', grant.grantId)
      .returning('mac')
      .execute()
    this.#changes.removed(grant.region, deleted)
    this.#changes.grantGone(grant)
  }
}
