import type { Kysely, Transaction } from 'kysely'
import {
  type CustomKeyStore,
  type Page,
  type PageRequest,
  type Scope,
  toPage,
} from '../../../domain/index.ts'
import type { CustomKeyStoreReader, CustomKeyStoreWriter } from '../../contract/custom-key-stores.ts'
import type { Macs } from '../authenticity/macs.ts'
import type { Changes } from '../changes.ts'
import { refuseRetired } from '../rewrap/guard.ts'
import type { Schema } from '../schema.ts'
import { type CustomKeyStoreRow, customKeyStoreRows, fromCustomKeyStore, secretsIn } from './rows.ts'

export class SqlCustomKeyStoreReader implements CustomKeyStoreReader {
  protected readonly db: Kysely<Schema>
  readonly #macs: Macs

  constructor(db: Kysely<Schema>, macs: Macs) {
    this.db = db
    this.#macs = macs
  }

  async find(scope: Scope, customKeyStoreId: string): Promise<CustomKeyStore | undefined> {
    const row = await this.row(scope, customKeyStoreId)
    return row && this.#macs.read(customKeyStoreRows, row)
  }

  async findByName(scope: Scope, name: string): Promise<CustomKeyStore | undefined> {
    const row = await this.#ofScope(scope).where('name', '=', name).executeTakeFirst()
    return row && this.#macs.read(customKeyStoreRows, row)
  }

  async list(scope: Scope, page: PageRequest): Promise<Page<CustomKeyStore>> {
    const rows = await this.#ofScope(scope)
      .where('custom_key_store_id', '>', page.after ?? '')
      .orderBy('custom_key_store_id')
      .limit(page.limit + 1)
      .execute()
    const { items, next } = toPage(rows, page.limit, row => row.custom_key_store_id)
    return { items: this.#macs.readAll(customKeyStoreRows, items), next }
  }

  async listAll(): Promise<CustomKeyStore[]> {
    const rows = await this.db
      .selectFrom('custom_key_stores')
      .selectAll()
      .orderBy('custom_key_store_id')
      .execute()
    return this.#macs.readAll(customKeyStoreRows, rows)
  }

  async hasKeys(store: CustomKeyStore): Promise<boolean> {
    return (await this.#keysOf(store).executeTakeFirst()) !== undefined
  }

  async hasExternalKey(store: CustomKeyStore, xksKeyId: string): Promise<boolean> {
    return (await this.#keysOf(store).where('xks_key_id', '=', xksKeyId).executeTakeFirst()) !== undefined
  }

  protected row({ accountId, region }: Scope, customKeyStoreId: string) {
    return this.#ofScope({ accountId, region })
      .where('custom_key_store_id', '=', customKeyStoreId)
      .executeTakeFirst()
  }

  #ofScope({ accountId, region }: Scope) {
    return this.db
      .selectFrom('custom_key_stores')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('region', '=', region)
  }

  #keysOf({ accountId, region, customKeyStoreId }: CustomKeyStore) {
    return this.db
      .selectFrom('kms_keys')
      .select('key_id')
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('custom_key_store_id', '=', customKeyStoreId)
      .limit(1)
  }
}

export class SqlCustomKeyStoreWriter extends SqlCustomKeyStoreReader implements CustomKeyStoreWriter {
  readonly #changes: Changes

  constructor(db: Transaction<Schema>, changes: Changes) {
    super(db, changes.macs)
    this.#changes = changes
  }

  async insert(store: CustomKeyStore): Promise<void> {
    const row = fromCustomKeyStore(store)
    await this.#refuseRetired(row)
    await this.db
      .insertInto('custom_key_stores')
      .values(this.#changes.inserted(customKeyStoreRows, row))
      .execute()
    this.#changes.customKeyStore(store)
  }

  async update(store: CustomKeyStore): Promise<void> {
    const before = await this.row(store, store.customKeyStoreId)
    if (before === undefined) return
    const row = fromCustomKeyStore(store)
    await this.#refuseRetired(row)
    await this.db
      .updateTable('custom_key_stores')
      .set(this.#changes.replaced(customKeyStoreRows, before, row))
      .where('account_id', '=', store.accountId)
      .where('region', '=', store.region)
      .where('custom_key_store_id', '=', store.customKeyStoreId)
      .execute()
    this.#forgetSecrets(before, row)
    this.#changes.customKeyStore(store)
  }

  async delete(store: CustomKeyStore): Promise<void> {
    const { accountId, region, customKeyStoreId } = store
    if (await this.hasKeys(store)) throw new Error(`the custom key store ${customKeyStoreId} has keys`)
    const deletion = this.db
      .deleteFrom('custom_key_stores')
      .where('account_id', '=', accountId)
      .where('region', '=', region)
      .where('custom_key_store_id', '=', customKeyStoreId)
    const secrets = ['wrapped_secret', 'wrapped_password', 'wrapped_next_password'] as const
    const deleted = await deletion.returning(['mac', ...secrets]).execute()
    this.#changes.removed(region, deleted)
    this.#changes.erased.push(...deleted.flatMap(secretsIn))
    this.#changes.customKeyStore(store)
  }

  /** A secret that was replaced must be in no file, as with deleted key material. */
  #forgetSecrets(before: CustomKeyStoreRow, after: CustomKeyStoreRow): void {
    const kept = secretsIn(after)
    const isKept = (secret: Uint8Array) => kept.some(other => Buffer.compare(secret, other) === 0)
    this.#changes.erased.push(...secretsIn(before).filter(secret => !isKept(secret)))
  }

  #refuseRetired(row: CustomKeyStoreRow): Promise<void> {
    return refuseRetired(this.db, this.#changes.macs, row.region, secretsIn(row))
  }
}
