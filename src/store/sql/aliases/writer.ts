import type { Transaction } from 'kysely'
import type { Alias, Scope } from '../../../domain/index.ts'
import type { AliasWriter } from '../../contract/aliases.ts'
import { changeEntities } from '../authenticity/changed-entities.ts'
import type { Changes } from '../changes.ts'
import { labelsParts } from '../keys/key-macs.ts'
import type { Schema } from '../schema.ts'
import { SqlAliasReader } from './reader.ts'
import { aliasRows, fromAlias } from './rows.ts'

export class SqlAliasWriter extends SqlAliasReader implements AliasWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(alias: Alias): Promise<void> {
    await this.#changingLabels(alias, [alias.targetKeyId], () =>
      this.db
        .insertInto('aliases')
        .values(this.#changes.inserted(aliasRows, fromAlias(alias)))
        .execute(),
    )
    this.#changes.alias(alias, alias.aliasName, [alias.targetKeyId])
  }

  async update(alias: Alias): Promise<void> {
    const before = await this.#rowOf(alias, alias.aliasName)
    if (before === undefined) return
    const { targetKeyId, updatedAt } = alias
    const row = { ...fromAlias(alias), created_at: before.created_at }
    const keyIds = [...new Set([before.target_key_id, targetKeyId])]
    const { mac } = this.#changes.replaced(aliasRows, before, row)
    await this.#changingLabels(alias, keyIds, () =>
      this.db
        .updateTable('aliases')
        .set({ target_key_id: targetKeyId, updated_at: updatedAt, mac })
        .where('account_id', '=', alias.accountId)
        .where('region', '=', alias.region)
        .where('alias_name', '=', alias.aliasName)
        .execute(),
    )
    this.#changes.alias(alias, alias.aliasName, [before.target_key_id, targetKeyId])
  }

  async delete(scope: Scope, aliasName: string): Promise<void> {
    const before = await this.#rowOf(scope, aliasName)
    if (before === undefined) return
    this.#changes.mac(scope.region, before.mac, undefined)
    await this.#changingLabels(scope, [before.target_key_id], () =>
      this.db
        .deleteFrom('aliases')
        .where('account_id', '=', scope.accountId)
        .where('region', '=', scope.region)
        .where('alias_name', '=', aliasName)
        .execute(),
    )
    this.#changes.alias(scope, aliasName, [before.target_key_id])
  }

  async #rowOf({ accountId, region }: Scope, aliasName: string) {
    return await this.db
      .selectFrom('aliases')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('alias_name', '=', aliasName)
      .executeTakeFirst()
  }

  #changingLabels(scope: Scope, keyIds: readonly string[], change: () => Promise<unknown>): Promise<void> {
    const labels = keyIds.map(keyId => labelsParts(this.db, scope, keyId))
    return changeEntities(this.#changes, labels, change)
  }
}
