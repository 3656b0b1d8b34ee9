import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** Adds trails with their chains, the keys that sign, the cursors of readers of the audit log, and witnessed heads. */
export async function up(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await createTrails(db, types)
  await createTrailChains(db, types)
  await createSigningKeys(db, types)
  await createAuditCursors(db, types)
  await createWitnessedHeads(db, types)
}

async function createTrails(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('trails')
    .addColumn('trail_id', 'text', column => column.primaryKey())
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('trail_name', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('s3_bucket_name', 'text', column => column.notNull())
    .addColumn('s3_key_prefix', 'text')
    .addColumn('kms_key_arn', 'text')
    .addColumn('include_global_service_events', integer, column => column.notNull())
    .addColumn('is_multi_region_trail', integer, column => column.notNull())
    .addColumn('log_file_validation_enabled', integer, column => column.notNull())
    .addColumn('recursive_logging', integer, column => column.notNull())
    .addColumn('selectors', 'text', column => column.notNull())
    .addColumn('is_logging', integer, column => column.notNull())
    .addColumn('logging_started_at', integer)
    .addColumn('logging_stopped_at', integer)
    .addColumn('tags', 'text', column => column.notNull())
    .addColumn('mac', bytes)
    .addUniqueConstraint('trails_name_key', ['account_id', 'trail_name', 'region'])
    .execute()
}

/** A chain outlives its trail, so it does not reference it. */
async function createTrailChains(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('trail_chains')
    .addColumn('trail_id', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('trail_arn', 'text', column => column.notNull())
    .addColumn('due_at', integer)
    .addColumn('progress', 'text', column => column.notNull())
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('trail_chains_pk', ['trail_id', 'region'])
    .execute()
  await db.schema.createIndex('trail_chains_due').on('trail_chains').column('due_at').execute()
}

async function createSigningKeys(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('signing_keys')
    .addColumn('key_id', 'text', column => column.primaryKey())
    .addColumn('purpose', 'text', column => column.notNull())
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('account_id', 'text', column => column.notNull())
    .addColumn('key_spec', 'text', column => column.notNull())
    .addColumn('key_material_id', 'text', column => column.notNull())
    .addColumn('key_token', bytes, column => column.notNull())
    .addColumn('public_key_token', bytes, column => column.notNull())
    .addColumn('public_key', bytes, column => column.notNull())
    .addColumn('fingerprint', 'text', column => column.notNull())
    .addColumn('valid_from', integer, column => column.notNull())
    .addColumn('valid_to', integer, column => column.notNull())
    .addColumn('mac', bytes)
    .execute()
  await db.schema
    .createIndex('signing_keys_validity')
    .on('signing_keys')
    .columns(['purpose', 'region', 'valid_from', 'key_id'])
    .execute()
}

async function createAuditCursors(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('audit_cursors')
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('stream', 'text', column => column.notNull())
    .addColumn('log_file', 'text', column => column.notNull())
    .addColumn('log_offset', integer, column => column.notNull())
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('audit_cursors_pk', ['name', 'stream'])
    .execute()
}

async function createWitnessedHeads(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('witnessed_heads')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('stream', 'text', column => column.notNull())
    .addColumn('head', integer, column => column.notNull())
    .addColumn('block', integer, column => column.notNull())
    .addColumn('chain', 'text', column => column.notNull())
    .addColumn('records', integer, column => column.notNull())
    .addColumn('time', 'text', column => column.notNull())
    .addColumn('signing_key', 'text', column => column.notNull())
    .addColumn('signature', 'text', column => column.notNull())
    .addColumn('witnessed_at', integer, column => column.notNull())
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('witnessed_heads_pk', ['account_id', 'stream', 'head'])
    .execute()
}
