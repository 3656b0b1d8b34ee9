import type { Kysely, Transaction } from 'kysely'
import {
  arnOf,
  type CustomKeyStoreId,
  type Page,
  type PageRequest,
  type Scope,
  toPage,
} from '../../../domain/index.ts'
import type {
  TokenKey,
  TokenKeyName,
  TokenKeyReader,
  TokenKeyTask,
  TokenKeyWriter,
} from '../../contract/token-keys.ts'
import { atOneMoment } from '../authenticity/at-one-moment.ts'
import { brokenEntity, type Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import { keyEntity } from '../keys/rows.ts'
import { nameOfKey, readKeys, type StoredKey } from '../keys/stored-keys.ts'
import type { Schema } from '../schema.ts'
import { type KeyColumns, keyColumnNames } from '../scope.ts'
import { fromName, fromTokenKeyTask, tokenKeyCountRows, tokenKeyTaskRows } from './rows.ts'

export class SqlTokenKeyReader implements TokenKeyReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async listTasks(): Promise<TokenKeyTask[]> {
    const rows = await this.db
      .selectFrom('token_key_tasks')
      .selectAll()
      .where('account_id', '>', '')
      .orderBy('account_id')
      .orderBy('region')
      .orderBy('key_id')
      .execute()
    return this.#macs.readAll(tokenKeyTaskRows, rows)
  }

  async findTask(scope: Scope, keyId: string): Promise<TokenKeyTask | undefined> {
    const row = await this.taskRow(scope, keyId)
    return row && this.#macs.read(tokenKeyTaskRows, row)
  }

  async countOf(binding: TokenKeyName): Promise<number> {
    const row = await this.countRow(binding)
    return row === undefined ? 0 : this.#macs.read(tokenKeyCountRows, row).granted
  }

  listKeys(store: CustomKeyStoreId, page: PageRequest): Promise<Page<TokenKey>> {
    return atOneMoment(this.db, async db => {
      const rows = await db
        .selectFrom('kms_keys')
        .select(keyColumnNames)
        .where('account_id', '=', store.accountId)
        .where('region', '=', store.region)
        .where('custom_key_store_id', '=', store.customKeyStoreId)
        .where('key_id', '>', page.after ?? '')
        .orderBy('key_id')
        .limit(page.limit + 1)
        .execute()
      const { items, next } = toPage(rows, page.limit, row => row.key_id)
      const stored = items.length === 0 ? undefined : await readKeys(db, items)
      return { items: items.flatMap(row => this.#tokenKeysOf(stored?.get(nameOfKey(row)))), next }
    })
  }

  /** Returns the key material of a key. Reports a key that does not verify, and returns none. */
  #tokenKeysOf(stored: StoredKey | undefined): TokenKey[] {
    if (stored === undefined) return []
    const { record, mac } = stored
    const entity = keyEntity(record)
    if (!this.#macs.isAuthentic(entity, mac)) {
      this.#macs.report(brokenEntity(entity))
      return []
    }
    const { accountId, region, keyId, keySpec } = record.key
    return record.materials.flatMap(({ keyMaterialId, keyToken }) => {
      const binding = { accountId, region, keyId, keySpec, keyMaterialId }
      return keyToken === undefined ? [] : [{ arn: arnOf(record.key), binding, keyToken }]
    })
  }

  protected taskRow({ accountId, region }: Scope, keyId: string) {
    return this.db
      .selectFrom('token_key_tasks')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('key_id', '=', keyId)
      .executeTakeFirst()
  }

  protected countRow(binding: TokenKeyName) {
    return this.db
      .selectFrom('token_key_counts')
      .selectAll()
      .where(eb => eb.and(fromName(binding)))
      .executeTakeFirst()
  }
}

export class SqlTokenKeyWriter extends SqlTokenKeyReader implements TokenKeyWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async putTask(task: TokenKeyTask): Promise<void> {
    const row = fromTokenKeyTask(task)
    const before = await this.taskRow(task, task.keyId)
    const values =
      before === undefined
        ? this.#changes.inserted(tokenKeyTaskRows, row)
        : this.#changes.replaced(tokenKeyTaskRows, before, row)
    await this.db
      .insertInto('token_key_tasks')
      .values(values)
      .onConflict(conflict => conflict.columns(keyColumnNames).doUpdateSet(values))
      .execute()
  }

  async deleteTask({
    accountId,
    region,
    keyId,
    task,
  }: Parameters<TokenKeyWriter['deleteTask']>[0]): Promise<boolean> {
    const deletion = this.db
      .deleteFrom('token_key_tasks')
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('key_id', '=', keyId)
      .where('task', '=', task)
    const deleted = await deletion.returning('mac').execute()
    this.#changes.removed(region, deleted)
    return deleted.length > 0
  }

  async setCount(binding: TokenKeyName, granted: number): Promise<void> {
    if (granted === 0) {
      await deleteCounts(this.db, this.#changes, fromName(binding))
      return
    }
    const before = await this.countRow(binding)
    const row = { ...fromName(binding), granted }
    const values =
      before === undefined
        ? this.#changes.inserted(tokenKeyCountRows, row)
        : this.#changes.replaced(tokenKeyCountRows, before, row)
    await this.db
      .insertInto('token_key_counts')
      .values(values)
      .onConflict(conflict => conflict.columns([...keyColumnNames, 'key_material_id']).doUpdateSet(values))
      .execute()
  }
}

/** Deletes the counts of a key, or of one key material. */
export async function deleteCounts(
  db: Kysely<Schema>,
  changes: Changes,
  columns: KeyColumns & { readonly key_material_id?: string },
): Promise<void> {
  const deletion = db.deleteFrom('token_key_counts').where(eb => eb.and({ ...columns }))
  changes.removed(columns.region, await deletion.returning('mac').execute())
}
