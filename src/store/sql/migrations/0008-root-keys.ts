import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/**
 * Adds the version and state of domain keys, the envelope of the root key, and the progress of a re-wrapping. The columns may be
 * empty, so that the records of domain keys from before stay as they are.
 */
export async function up(db: Kysely<unknown>, { integer }: ColumnTypes): Promise<void> {
  await db.schema.alterTable('domain_keys').addColumn('version', integer).execute()
  await db.schema.alterTable('domain_keys').addColumn('state', 'text').execute()
  await db.schema.alterTable('domain_keys').addColumn('created_at', integer).execute()
  await db.schema
    .createTable('root_keys')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('envelope', 'text', column => column.notNull())
    .execute()
  await db.schema
    .createTable('rewraps')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('started_at', integer, column => column.notNull())
    .addColumn('domains', 'text', column => column.notNull())
    .addColumn('retiring_ids', 'text', column => column.notNull())
    .addColumn('phase', 'text', column => column.notNull())
    .addColumn('table_name', 'text', column => column.notNull())
    .addColumn('after_key', 'text')
    .addColumn('done', integer, column => column.notNull())
    .addColumn('total', integer, column => column.notNull())
    .addColumn('broken', 'text', column => column.notNull())
    .execute()
}
