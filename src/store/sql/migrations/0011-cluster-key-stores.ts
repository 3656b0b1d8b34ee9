import { type Kysely, sql } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** The columns of `custom_key_stores` before this migration. */
const columns = [
  ...['account_id', 'region', 'custom_key_store_id', 'name', 'type', 'created_at'],
  ...['connection_state', 'connection_error_code', 'connectivity', 'uri_endpoint', 'uri_path'],
  ...['vpc_endpoint_service_name', 'vpc_endpoint_service_owner', 'access_key_id', 'wrapped_secret'],
  ...['credential_since', 'mac'],
]

/**
 * Adds custom key stores whose keys are in the HSMs of a cluster, the work to do in these HSMs, and the numbers of encryptions that
 * their keys may have done. A store of either type leaves the columns of the other type empty, so the table is made again: a database
 * cannot take NOT NULL from a column everywhere. The rows keep their MACs, which cover no empty columns.
 */
export async function up(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await makeStores(db, types)
  const names = sql.join(columns.map(column => sql.ref(column)))
  await sql`insert into custom_key_stores_new (${names}) select ${names} from custom_key_stores`.execute(db)
  await db.schema.dropTable('custom_key_stores').execute()
  await db.schema.alterTable('custom_key_stores_new').renameTo('custom_key_stores').execute()
  // Most keys are in no custom key store.
  await db.schema
    .createIndex('kms_keys_custom_key_store')
    .on('kms_keys')
    .columns(['account_id', 'region', 'custom_key_store_id', 'key_id'])
    .where(sql.ref('custom_key_store_id'), 'is not', null)
    .execute()
  await makeTasks(db, types)
  await makeCounts(db, types)
}

async function makeStores(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('custom_key_stores_new')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('custom_key_store_id', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('type', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('connection_state', 'text', column => column.notNull())
    .addColumn('connection_error_code', 'text')
    .addColumn('connectivity', 'text')
    .addColumn('uri_endpoint', 'text')
    .addColumn('uri_path', 'text')
    .addColumn('vpc_endpoint_service_name', 'text')
    .addColumn('vpc_endpoint_service_owner', 'text')
    .addColumn('access_key_id', 'text')
    .addColumn('wrapped_secret', bytes)
    .addColumn('credential_since', integer)
    .addColumn('cloudhsm_cluster_id', 'text')
    .addColumn('trust_anchor', 'text')
    .addColumn('wrapped_password', bytes)
    .addColumn('wrapped_next_password', bytes)
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('custom_key_stores_pk2', ['account_id', 'region', 'custom_key_store_id'])
    .addUniqueConstraint('custom_key_stores_name_key2', ['account_id', 'region', 'name'])
    .execute()
}

async function makeTasks(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('token_key_tasks')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('key_material_id', 'text', column => column.notNull())
    .addColumn('custom_key_store_id', 'text', column => column.notNull())
    .addColumn('task', 'text', column => column.notNull())
    .addColumn('since', integer, column => column.notNull())
    .addColumn('is_recorded', integer, column => column.notNull())
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('token_key_tasks_pk', ['account_id', 'region', 'key_id'])
    .execute()
}

/** A key is encrypted with before it has a row, so no foreign key names it. */
async function makeCounts(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('token_key_counts')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('region', 'text', column => column.notNull())
    .addColumn('key_id', 'text', column => column.notNull())
    .addColumn('key_material_id', 'text', column => column.notNull())
    .addColumn('granted', integer, column => column.notNull())
    .addColumn('mac', bytes)
    .addPrimaryKeyConstraint('token_key_counts_pk', ['account_id', 'region', 'key_id', 'key_material_id'])
    .execute()
}
