import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** Adds the MACs of entities and the states of domains. The upgrade of the store fills them, because it has the keys. */
export async function up(db: Kysely<unknown>, { bytes, integer }: ColumnTypes): Promise<void> {
  for (const table of authenticTables) await db.schema.alterTable(table).addColumn('mac', bytes).execute()
  await db.schema.alterTable('kms_keys').addColumn('labels_mac', bytes).execute()
  await db.schema
    .createTable('domain_states')
    .addColumn('domain', 'text', column => column.primaryKey())
    .addColumn('commits', integer, column => column.notNull())
    .addColumn('sealed', bytes, column => column.notNull())
    .execute()
}

const authenticTables = [
  'accounts',
  'kms_keys',
  'aliases',
  'grants',
  'users',
  'iam_groups',
  'iam_roles',
  'iam_policies',
  'access_keys',
  'seed_entries',
  'key_policy_principals',
  'trust_policy_principals',
  'iam_instance_profiles',
  'iam_oidc_providers',
  'account_aliases',
]
