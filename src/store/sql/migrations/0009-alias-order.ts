import type { Kysely } from 'kysely'

/**
 * Puts the names into the index of the aliases of a key. Without them, SQLite found these aliases in their order by reading all
 * aliases of the account in the Region.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('aliases_target').execute()
  await db.schema
    .createIndex('aliases_target')
    .on('aliases')
    .columns(['account_id', 'region', 'target_key_id', 'alias_name'])
    .execute()
}
