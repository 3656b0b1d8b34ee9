import type { Transaction } from 'kysely'
import type { Alias, Scope } from '../../../domain/index.ts'
import type { AliasWriter } from '../../contract/aliases.ts'
import type { Changes } from '../changes.ts'
import type { Schema } from '../schema.ts'
import { SqlAliasReader } from './reader.ts'
import { fromAlias } from './rows.ts'

export class SqlAliasWriter extends SqlAliasReader implements AliasWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db)
    this.#changes = changes
  }

  async insert(alias: Alias): Promise<void> {
    await this.db.insertInto('aliases').values(fromAlias(alias)).execute()
    this.#changes.alias(alias, alias.aliasName, [alias.targetKeyId])
  }

  async update(alias: Alias): Promise<void> {
    const before = await this.#targetsOf(alias, alias.aliasName)
    await this.db
      .updateTable('aliases')
      .set({ target_key_id: alias.targetKeyId, updated_at: alias.updatedAt })
      .where('account_id', '=', alias.accountId)
      .where('region', '=', alias.region)
      .where('alias_name', '=', alias.aliasName)
      .execute()
    this.#changes.alias(alias, alias.aliasName, [...before, alias.targetKeyId])
  }

  async delete(scope: Scope, aliasName: string): Promise<void> {
    const before = await this.#targetsOf(scope, aliasName)
    await this.db
      .deleteFrom('aliases')
      .where('account_id', '=', scope.accountId)
      .where('region', '=', scope.region)
      .where('alias_name', '=', aliasName)
      .execute()
    this.#changes.alias(scope, aliasName, before)
  }

  async #targetsOf(scope: Scope, aliasName: string): Promise<string[]> {
    const alias = await this.find(scope, aliasName)
    return alias === undefined ? [] : [alias.targetKeyId]
  }
}
