import { type Kysely, sql } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** Adds several, imported and expiring key materials; rotation; multi-Region keys; grants; the last use of keys. */
export async function up(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await extendKeys(db, integer)
  await extendKeyMaterials(db, { bytes, integer })
  await createGrants(db, integer)
  await db.schema
    .createTable('key_usages')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('operation', 'text', column => column.notNull())
    .addColumn('used_at', integer, column => column.notNull())
    .addColumn('event_id', 'text', column => column.notNull())
    .addColumn('request_id', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('key_usages_pk', keyColumns)
    .addForeignKeyConstraint('key_usages_key', keyColumns, 'kms_keys', keyColumns, c => c.onDelete('cascade'))
    .execute()
}

/** Recreates a column that can be null from now on: not every database can drop "not null". */
async function extendKeys(db: Kysely<unknown>, integer: ColumnTypes['integer']): Promise<void> {
  const table = () => db.schema.alterTable('kms_keys')
  await table().addColumn('current_material_id', 'text').execute()
  await sql`update kms_keys set current_material_id = current_key_material_id`.execute(db)
  await table().dropColumn('current_key_material_id').execute()
  await table().addColumn('settles_to', 'text').execute()
  await table().addColumn('settles_at', integer).execute()
  await table().addColumn('pending_window_days', integer).execute()
  await table().addColumn('primary_region', 'text').execute()
  await table().addColumn('rotation_period_days', integer).execute()
  await table().addColumn('rotation_next_at', integer).execute()
  await db.schema.createIndex('kms_keys_settling').on('kms_keys').column('settles_at').execute()
  await db.schema.createIndex('kms_keys_rotation').on('kms_keys').column('rotation_next_at').execute()
  await db.schema.createIndex('kms_keys_members').on('kms_keys').columns(['account_id', 'key_id']).execute()
}

async function extendKeyMaterials(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  const table = () => db.schema.alterTable('key_materials')
  await table().addColumn('token', bytes).execute()
  await sql`update key_materials set token = key_token`.execute(db)
  await table().dropColumn('key_token').execute()
  await table().addColumn('public_key_token', bytes).execute()
  await table()
    .addColumn('sequence', integer, column => column.notNull().defaultTo(0))
    .execute()
  await table().addColumn('pending', 'text').execute()
  await table().addColumn('rotation_type', 'text').execute()
  await table().addColumn('rotated_at', integer).execute()
  await table().addColumn('description', 'text').execute()
  await table().addColumn('expires_at', integer).execute()
  await db.schema.createIndex('key_materials_expiry').on('key_materials').column('expires_at').execute()
}

async function createGrants(db: Kysely<unknown>, integer: ColumnTypes['integer']): Promise<void> {
  await db.schema
    .createTable('grants')
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('grant_id', 'text', column => column.notNull())
    .addColumn('name', 'text')
    .addColumn('grantee_principal', 'text')
    .addColumn('grantee_service', 'text')
    .addColumn('retiring_principal', 'text')
    .addColumn('retiring_service', 'text')
    .addColumn('operations', 'text', column => column.notNull())
    .addColumn('constraints', 'text', column => column.notNull())
    .addColumn('issuing_account_id', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addPrimaryKeyConstraint('grants_pk', [...keyColumns, 'grant_id'])
    .addForeignKeyConstraint('grants_key', keyColumns, 'kms_keys', keyColumns, c => c.onDelete('cascade'))
    .execute()
  await db.schema
    .createIndex('grants_grantee')
    .on('grants')
    .columns([...keyColumns, 'grantee_principal'])
    .execute()
  await db.schema
    .createIndex('grants_name')
    .on('grants')
    .columns([...keyColumns, 'name'])
    .execute()
  await db.schema
    .createIndex('grants_retiring')
    .on('grants')
    .columns(['region', 'retiring_principal', 'grant_id'])
    .execute()
}

const keyColumns: ['account_id', 'region', 'key_id'] = ['account_id', 'region', 'key_id']
