import type { Kysely } from 'kysely'

/**
 * Adds the orders in which a long list of keys can be walked from any place, besides those of key ids and aliases. The Region comes
 * first: with the account there, SQLite found the Regions of one key by reading all keys of the account.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['created_at', 'key_spec'])
    await db.schema
      .createIndex(`kms_keys_${column}`)
      .on('kms_keys')
      .columns(['region', 'account_id', column, 'key_id'])
      .execute()
}
