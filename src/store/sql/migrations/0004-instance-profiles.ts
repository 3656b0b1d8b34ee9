import type { Kysely } from 'kysely'
import type { ColumnTypes } from './column-types.ts'

/** Adds instance profiles, OpenID Connect providers, account aliases and the last uses of roles. */
export async function up(db: Kysely<unknown>, { integer }: ColumnTypes): Promise<void> {
  await createInstanceProfiles(db, integer)
  await db.schema
    .createTable('iam_oidc_providers')
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('host', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('client_ids', 'text', column => column.notNull())
    .addColumn('thumbprints', 'text', column => column.notNull())
    .addColumn('tags', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('iam_oidc_providers_pk', ['account_id', 'host'])
    .execute()
  await db.schema
    .createTable('account_aliases')
    .addColumn('account_id', 'text', column => column.primaryKey().references('accounts.account_id'))
    .addColumn('alias', 'text', column => column.notNull().unique())
    .addColumn('created_at', integer, column => column.notNull())
    .execute()
  await db.schema
    .createTable('iam_role_usages')
    .addColumn('role_id', 'text', column =>
      column.primaryKey().references('iam_roles.role_id').onDelete('cascade'),
    )
    .addColumn('last_used_at', integer, column => column.notNull())
    .addColumn('last_used_region', 'text', column => column.notNull())
    .execute()
}

async function createInstanceProfiles(db: Kysely<unknown>, integer: ColumnTypes['integer']): Promise<void> {
  await db.schema
    .createTable('iam_instance_profiles')
    .addColumn('instance_profile_id', 'text', column => column.primaryKey())
    .addColumn('account_id', 'text', column => column.notNull().references('accounts.account_id'))
    .addColumn('instance_profile_name', 'text', column => column.notNull())
    .addColumn('name_key', 'text', column => column.notNull())
    .addColumn('path', 'text', column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('role_name', 'text')
    .addColumn('tags', 'text', column => column.notNull())
    .addUniqueConstraint('iam_instance_profiles_name_key', ['account_id', 'name_key'])
    .execute()
  await db.schema
    .createIndex('iam_instance_profiles_role')
    .on('iam_instance_profiles')
    .columns(['account_id', 'role_name'])
    .execute()
}
