import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** Adds custom key stores, and the key outside that a key in one works with. The columns of keys from before stay empty. */
export async function up(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('custom_key_stores')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('custom_key_store_id', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('type', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('connection_state', 'text', column => column.notNull())
    .addColumn('connection_error_code', 'text')
    .addColumn('connectivity', 'text', column => column.notNull())
    .addColumn('uri_endpoint', 'text', column => column.notNull())
    .addColumn('uri_path', 'text', column => column.notNull())
    .addColumn('vpc_endpoint_service_name', 'text')
    .addColumn('vpc_endpoint_service_owner', 'text')
    .addColumn('access_key_id', 'text', column => column.notNull())
    .addColumn('wrapped_secret', bytes, column => column.notNull())
    .addColumn('credential_since', integer, column => column.notNull())
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('custom_key_stores_pk', ['account_id', 'region', 'custom_key_store_id'])
    .addUniqueConstraint('custom_key_stores_name_key', ['account_id', 'region', 'name'])
    .execute()
  await db.schema.alterTable('kms_keys').addColumn('custom_key_store_id', 'text').execute()
  await db.schema.alterTable('kms_keys').addColumn('xks_key_id', 'text').execute()
  await db.schema
    .createIndex('kms_keys_external')
    .unique()
    .on('kms_keys')
    .columns(['account_id', 'region', 'custom_key_store_id', 'xks_key_id'])
    .execute()
}
