import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** Adds keys, aliases, tags; accounts, users, access keys; the audit outbox; the applied entries of the seed file. */
export async function up(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('domain_keys')
    .addColumn('domain_key_id', 'text', column => column.primaryKey())
    .addColumn('domain', 'text', column => column.notNull())
    .addColumn('wrapped', bytes, column => column.notNull())
    .execute()

  await db.schema
    .createTable('accounts')
    .addColumn('account_id', 'text', column => column.primaryKey())
    .addColumn('created_at', integer, column => column.notNull())
    .execute()
  await db.schema
    .createTable('users')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('user_name', 'text', column => column.notNull())
    .addColumn('user_id', 'text', column => column.notNull().unique())
    .addColumn('created_at', integer, column => column.notNull())
    .addPrimaryKeyConstraint('users_pk', ['account_id', 'user_name'])
    .execute()
  await db.schema
    .createTable('user_policies')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('user_name', 'text', column => column.notNull())
    .addColumn('policy_name', 'text', column => column.notNull())
    .addColumn('document', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('user_policies_pk', ['account_id', 'user_name', 'policy_name'])
    .addForeignKeyConstraint(
      'user_policies_user',
      ['account_id', 'user_name'],
      'users',
      ['account_id', 'user_name'],
      c => c.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createTable('access_keys')
    .addColumn('access_key_id', 'text', column => column.primaryKey())
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('user_name', 'text')
    .addColumn('wrapped_secret', bytes, column => column.notNull())
    .addColumn('is_active', integer, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('session_token_digest', bytes)
    .addColumn('expires_at', integer)
    .execute()

  await db.schema
    .createTable('kms_keys')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('key_spec', 'text', column => column.notNull())
    .addColumn('key_usage', 'text', column => column.notNull())
    .addColumn('origin', 'text', column => column.notNull())
    .addColumn('key_manager', 'text', column => column.notNull())
    .addColumn('key_state', 'text', column => column.notNull())
    .addColumn('description', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('deletion_at', integer)
    .addColumn('current_key_material_id', 'text', column => column.notNull())
    .addColumn('policy', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('kms_keys_pk', ['account_id', 'region', 'key_id'])
    .execute()
  await db.schema.createIndex('kms_keys_deletion').on('kms_keys').column('deletion_at').execute()

  await db.schema
    .createTable('key_materials')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('key_material_id', 'text', column => column.notNull())
    .addColumn('key_token', bytes, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addPrimaryKeyConstraint('key_materials_pk', ['account_id', 'region', 'key_id', 'key_material_id'])
    .addForeignKeyConstraint('key_materials_key', keyColumns, 'kms_keys', keyColumns, c =>
      c.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createTable('aliases')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('alias_name', 'text', column => column.notNull())
    .addColumn('target_key_id', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('updated_at', integer, column => column.notNull())
    .addPrimaryKeyConstraint('aliases_pk', ['account_id', 'region', 'alias_name'])
    .addForeignKeyConstraint(
      'aliases_key',
      ['account_id', 'region', 'target_key_id'],
      'kms_keys',
      keyColumns,
      c => c.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createIndex('aliases_target')
    .on('aliases')
    .columns(['account_id', 'region', 'target_key_id'])
    .execute()
  await db.schema
    .createTable('tags')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('tag_key', 'text', column => column.notNull())
    .addColumn('tag_value', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('tags_pk', ['account_id', 'region', 'key_id', 'tag_key'])
    .addForeignKeyConstraint('tags_key', keyColumns, 'kms_keys', keyColumns, c => c.onDelete('cascade'))
    .execute()

  await db.schema
    .createTable('audit_outbox')
    .addColumn('event_id', 'text', column => column.primaryKey())
    .addColumn('recorded_at', integer, column => column.notNull())
    .addColumn('line', 'text', column => column.notNull())
    .execute()
  await db.schema
    .createTable('seed_entries')
    .addColumn('entry', 'text', column => column.primaryKey())
    .addColumn('digest', 'text', column => column.notNull())
    .execute()
}

const keyColumns: ['account_id', 'region', 'key_id'] = ['account_id', 'region', 'key_id']
